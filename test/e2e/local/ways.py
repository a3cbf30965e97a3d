"""Hosts the model of the project in the current folder in the other ways that SageMaker has, and prints what answers, as JSON.

The image is the only one in the registry.
"""

import io
import json
import os
import tarfile
import time
from pathlib import Path

import botocore.session

REGION = "us-east-1"
ROLE = os.environ["ROLE_ARN"]
session = botocore.session.Session()
s3, ecr, logs, sagemaker, runtime = (
    session.create_client(name, region_name=REGION) for name in ("s3", "ecr", "logs", "sagemaker", "sagemaker-runtime")
)
[repository] = ecr.describe_repositories()["repositories"]
[image] = ecr.describe_images(repositoryName=repository["repositoryName"])["imageDetails"]
image_uri = f"{repository['repositoryUri']}@{image['imageDigest']}"

archive = io.BytesIO()
with tarfile.open(fileobj=archive, mode="w:gz") as tar:
    tar.add("model", arcname=".")
s3.create_bucket(Bucket="ways")
for key in ("models/a.tar.gz", "models/b.tar.gz"):
    s3.put_object(Bucket="ways", Key=key, Body=archive.getvalue())
payloads = Path("sample_model/payloads")
# Without their header.
rows = (payloads / "payload.csv").read_text().splitlines()[1:]


def hosted(name: str, container: dict, variant: dict) -> None:
    """An endpoint of that name, once it is in service."""
    sagemaker.create_model(ModelName=name, ExecutionRoleArn=ROLE, PrimaryContainer={"Image": image_uri, **container})
    variant = {"VariantName": "v", "ModelName": name, **variant}
    sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
    while (made := sagemaker.describe_endpoint(EndpointName=name))["EndpointStatus"] == "Creating":
        time.sleep(0.5)
    if made["EndpointStatus"] != "InService":
        raise RuntimeError(made["FailureReason"])


def invoked(name: str, **more: str) -> list[str]:
    body = (payloads / "payload.json").read_bytes()
    answer = runtime.invoke_endpoint(EndpointName=name, ContentType="application/json", Body=body, **more)
    return json.loads(answer["Body"].read())["predictions"]


def transformed(times: int) -> list[str]:
    """The lines of the output for the sample rows, so many times."""
    s3.put_object(Bucket="ways", Key="in/rows.csv", Body="\n".join(rows * times).encode())
    sagemaker.create_transform_job(
        TransformJobName="job",
        ModelName="serverless",
        BatchStrategy="MultiRecord",
        TransformInput={
            "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://ways/in/"}},
            "ContentType": "text/csv",
            "SplitType": "Line",
        },
        TransformOutput={"S3OutputPath": "s3://ways/out", "Accept": "text/csv", "AssembleWith": "Line"},
        TransformResources={"InstanceType": "ml.m5.large", "InstanceCount": 1},
    )
    while (job := sagemaker.describe_transform_job(TransformJobName="job"))["TransformJobStatus"] == "InProgress":
        time.sleep(0.5)
    if job["TransformJobStatus"] != "Completed":
        lines = logs.filter_log_events(logGroupName="/aws/sagemaker/TransformJobs")["events"]
        raise RuntimeError(job["FailureReason"], *(line["message"] for line in lines))
    return s3.get_object(Bucket="ways", Key="out/rows.csv.out")["Body"].read().decode().splitlines()


instance = {"InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
hosted("several", {"Mode": "MultiModel", "ModelDataUrl": "s3://ways/models/"}, instance)
hosted(
    "serverless",
    {"ModelDataUrl": "s3://ways/models/a.tar.gz"},
    {"ServerlessConfig": {"MemorySizeInMB": 2048, "MaxConcurrency": 1}},
)
answers = {
    "several": [invoked("several", TargetModel=f"{name}.tar.gz") for name in "ab"],
    "serverless": invoked("serverless"),
    "transformed": transformed(100),
}
for name in ("several", "serverless"):
    sagemaker.delete_endpoint(EndpointName=name)
    sagemaker.get_waiter("endpoint_deleted").wait(EndpointName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 60})
print(json.dumps(answers))

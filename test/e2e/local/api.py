"""Holds a hosting service at a URL against botocore's model of SageMaker: api.py URL. Prints what was tried, as JSON.

For every call that is served: inputs in which one member is missing, too long, too large or none of its values are
refused for that member alone; inputs that the model allows are not refused for their form; and answers have all members
that the model requires, and none that it does not know.
"""

import json
import re
import sys
import time

import botocore.session
from botocore.config import Config
from botocore.exceptions import ClientError

URL = sys.argv[1]
SERVED = json.loads(sys.argv[2])
ROLE = "arn:aws:iam::123456789012:role/SageMakerExecution"
# One of these is a value of each shape that has a pattern.
SAMPLES = ("a", "1", "ml.m5.large", "s3://bucket/key", "/metrics", "a/b", "mig-1g.5gb", ROLE) + tuple(
    f"arn:aws:{name}"
    for name in (
        "sns:eu-west-1:123456789012:topic",
        "lambda:eu-west-1:123456789012:function:f",
        "sagemaker:eu-west-1:123456789012:model-package/a",
        "sagemaker:eu-west-1:123456789012:hub-content/h/Model/m",
        "sagemaker:eu-west-1:123456789012:ml-reservation/a",
        "sagemaker:eu-west-1:123456789012:endpoint/a",
    )
)
WRONG = ("-", "!", " ", "\t", "\u00e9")
JAVA = {r"\p{ASCII}": r"[\x00-\x7f]", r"\p{L}": "a-zA-Z", r"\p{Z}": " ", r"\p{N}": "0-9", r"\p{Print}": r"\x20-\x7e"}


def matches(pattern: str, text: str) -> bool:
    for java, here in {**JAVA, r"\z": r"\Z"}.items():
        pattern = pattern.replace(java, here)
    return re.fullmatch(pattern, text) is not None


def valid(shape):
    """The smallest value that the model allows."""
    if shape.type_name == "structure":
        return {name: valid(shape.members[name]) for name in shape.required_members}
    limits = shape.metadata
    if shape.type_name == "list":
        return [valid(shape.member) for _ in range(max(1, limits.get("min", 0)))]
    if shape.type_name == "map":
        return {valid(shape.key): valid(shape.value)}
    if shape.type_name in ("integer", "long", "float", "double"):
        return limits.get("min", 1)
    if shape.type_name == "boolean":
        return True
    if shape.type_name == "timestamp":
        return 1_700_000_000
    if shape.type_name == "blob":
        return b"1"
    if getattr(shape, "enum", None):
        return shape.enum[0]
    samples = [text * max(1, limits.get("min", 1) if text in "a1" else 1) for text in SAMPLES]
    found = [
        text
        for text in samples
        if limits.get("min", 0) <= len(text) <= limits.get("max", 10**6)
        and ("pattern" not in limits or matches(limits["pattern"], text))
    ]
    if not found:
        sys.exit(f"no sample for {shape.name}: {limits}")
    return found[0]


def wrong(shape, at):
    """Values with one thing wrong, each with the path that AWS gives to it."""
    path = ".".join(at)
    limits = shape.metadata
    if shape.type_name == "structure":
        whole = valid(shape)
        for name in shape.required_members:
            yield {key: value for key, value in whole.items() if key != name}, ".".join([*at, camel(name)])
        for name, member in shape.members.items():
            for value, where in wrong(member, [*at, camel(name)]):
                yield {**whole, name: value}, where
    elif shape.type_name == "list":
        whole = valid(shape)
        for value, where in wrong(shape.member, [*at, "1", "member"]):
            yield [value, *whole[1:]], where
        if "max" in limits:
            yield [valid(shape.member)] * (limits["max"] + 1), path
        if limits.get("min", 0) > 0:
            yield [], path
    elif shape.type_name == "map":
        for key, _ in wrong(shape.key, at):
            yield {key: valid(shape.value)}, path
        for value, _ in wrong(shape.value, at):
            yield {valid(shape.key): value}, path
        if "max" in limits:
            yield {f"k{index}": valid(shape.value) for index in range(limits["max"] + 1)}, path
    elif shape.type_name in ("integer", "long", "float", "double"):
        if "max" in limits:
            yield limits["max"] + 1, path
        if "min" in limits:
            yield limits["min"] - 1, path
    elif shape.type_name == "string":
        if getattr(shape, "enum", None):
            yield "none-of-them", path
            return
        if "max" in limits:
            yield "a" * (limits["max"] + 1), path
        if limits.get("min", 0) > 0:
            yield "", path
        if "pattern" in limits:
            for text in [text for text in WRONG if not matches(limits["pattern"], text)][:1]:
                yield text, path


def camel(name: str) -> str:
    return name[0].lower() + name[1:]


def full(shape):
    """A value with every member."""
    if shape.type_name == "structure":
        return {name: full(member) for name, member in shape.members.items()}
    if shape.type_name == "list":
        return [full(shape.member) for _ in range(max(1, shape.metadata.get("min", 0)))]
    return valid(shape)


def unlike(shape, value, at=""):
    """What an answer has that the shape has not, or the other way round."""
    if shape.type_name == "structure":
        yield from (f"{at}.{name} is missing" for name in shape.required_members if name not in value)
        for name, one in value.items():
            if name not in shape.members:
                yield f"{at}.{name} is unknown"
            else:
                yield from unlike(shape.members[name], one, f"{at}.{name}")
    elif shape.type_name == "list":
        for one in value:
            yield from unlike(shape.member, one, f"{at}[]")
    elif shape.type_name == "string":
        if not isinstance(value, str) or (getattr(shape, "enum", None) and value not in shape.enum):
            yield f"{at} is {value!r}"
        elif "pattern" in shape.metadata and not matches(shape.metadata["pattern"], value):
            yield f"{at} is {value!r}, which does not match {shape.metadata['pattern']}"
    elif shape.type_name in ("integer", "float", "timestamp") and not isinstance(value, (int, float)):
        yield f"{at} is {value!r}"


session = botocore.session.Session()
session.set_credentials("local", "local")
config = Config(parameter_validation=False, retries={"max_attempts": 0}, region_name="eu-west-1")
clients = {
    name: session.create_client(name, endpoint_url=URL, config=config) for name in ("sagemaker", "sagemaker-runtime")
}
problems: list[str] = []
tried = {"wrong": 0, "valid": 0, "answers": 0}


def refusal(service: str, operation: str, given: dict) -> tuple[str, str]:
    """The error that a call ends in: its code and its message."""
    try:
        clients[service]._make_api_call(operation, given)
    except ClientError as error:
        return error.response["Error"]["Code"], error.response["Error"]["Message"]
    return "", ""


def can_be_sent(service: str, given: dict) -> bool:
    """Headers carry printable ASCII only, and none that is empty; paths have no empty parts."""
    return service == "sagemaker" or (
        bool(given.get("EndpointName"))
        and all(str(value).isprintable() and str(value).isascii() and str(value).strip() for value in given.values())
    )


for service, operations in SERVED.items():
    model = clients[service].meta.service_model
    for operation in operations:
        shape = model.operation_model(operation).input_shape
        expected = "ValidationException" if service == "sagemaker" else "ValidationError"
        for given, path in wrong(shape, []):
            if not can_be_sent(service, given) or path == "body":
                continue
            tried["wrong"] += 1
            code, message = refusal(service, operation, given)
            places = set(re.findall(r" at '([^']*)' failed to satisfy constraint", message))
            if code != expected or places != {path}:
                problems.append(f"{operation} with {path} wrong: {code} {message[:300]}")
        for given in (valid(shape), full(shape)):
            if can_be_sent(service, given):
                tried["valid"] += 1
                code, message = refusal(service, operation, given)
                if "failed to satisfy constraint" in message or code in ("SerializationException", "InternalFailure"):
                    problems.append(f"{operation} with what is allowed: {code} {message[:300]}")


def look(body=None, model=None, response_dict=None, operation_model=None, **_):
    """Holds every answer of the control plane against its shape, as it came."""
    tried["answers"] += 1
    shape = operation_model.output_shape
    content = response_dict["body"]
    if response_dict["status_code"] >= 300:
        return
    answer = json.loads(content) if content else None
    if (shape is None) != (answer is None):
        problems.append(f"{operation_model.name} answers {content!r}")
    elif shape is not None:
        problems.extend(f"{operation_model.name}{one}" for one in unlike(shape, answer))


sagemaker, runtime = clients["sagemaker"], clients["sagemaker-runtime"]
sagemaker.meta.events.register("before-parse.sagemaker", look)


def settle() -> str:
    while True:
        status = sagemaker.describe_endpoint(EndpointName="api")["EndpointStatus"]
        if not status.endswith("ing"):
            return status
        time.sleep(0.05)


tags = [{"Key": "a", "Value": "b"}]
policy = {
    "BlueGreenUpdatePolicy": {
        "TrafficRoutingConfiguration": {
            "Type": "CANARY",
            "WaitIntervalInSeconds": 1,
            "CanarySize": {"Type": "INSTANCE_COUNT", "Value": 1},
        }
    }
}
for name, extra in {"one": {}, "two": {"InitialInstanceCount": 2}}.items():
    container = {"Image": "echo", "ModelDataUrl": "s3://bucket/model.tar.gz", "Environment": {"A": "b"}}
    arn = sagemaker.create_model(ModelName=name, ExecutionRoleArn=ROLE, PrimaryContainer=container, Tags=tags)[
        "ModelArn"
    ]
    variant = {"VariantName": "v", "ModelName": name, "InstanceType": "ml.m5.large", "InitialInstanceCount": 1} | extra
    sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant], Tags=tags)
    sagemaker.describe_model(ModelName=name)
    sagemaker.describe_endpoint_config(EndpointConfigName=name)
sagemaker.add_tags(ResourceArn=arn, Tags=tags)
sagemaker.list_tags(ResourceArn=arn)
sagemaker.delete_tags(ResourceArn=arn, TagKeys=["a"])
sagemaker.create_endpoint(EndpointName="api", EndpointConfigName="one", Tags=tags)
statuses = [settle()]
sagemaker.update_endpoint(EndpointName="api", EndpointConfigName="two", DeploymentConfig=policy)
statuses.append(settle())
sagemaker.update_endpoint_weights_and_capacities(
    EndpointName="api", DesiredWeightsAndCapacities=[{"VariantName": "v", "DesiredInstanceCount": 1}]
)
statuses.append(settle())
for call in (sagemaker.list_models, sagemaker.list_endpoint_configs, sagemaker.list_endpoints):
    call(MaxResults=1)
    call()
answer = runtime.invoke_endpoint(EndpointName="api", ContentType="text/csv", Body=b"1,2")
stream = runtime.invoke_endpoint_with_response_stream(EndpointName="api", ContentType="text/csv", Body=b"1,2")
answers = [
    answer["Body"].read().decode(),
    answer["InvokedProductionVariant"],
    b"".join(event["PayloadPart"]["Bytes"] for event in stream["Body"]).decode(),
]
try:
    runtime.invoke_endpoint(EndpointName="api", ContentType="wrong", Body=b"1,2")
except ClientError as error:
    answers += [
        error.response["Error"]["Code"],
        error.response["OriginalStatusCode"],
        error.response["OriginalMessage"],
    ]
sagemaker.create_transform_job(
    TransformJobName="job",
    ModelName="one",
    TransformInput={"DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://bucket/in"}}},
    TransformOutput={"S3OutputPath": "s3://bucket/out"},
    TransformResources={"InstanceType": "ml.m5.large", "InstanceCount": 1},
    Tags=tags,
)
sagemaker.get_waiter("transform_job_completed_or_stopped").wait(
    TransformJobName="job", WaiterConfig={"Delay": 1, "MaxAttempts": 20}
)
sagemaker.list_transform_jobs()
sagemaker.stop_transform_job(TransformJobName="job")
variant = {"VariantName": "v", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
sagemaker.create_endpoint_config(EndpointConfigName="host", ExecutionRoleArn=ROLE, ProductionVariants=[variant])
sagemaker.create_endpoint(EndpointName="host", EndpointConfigName="host")
sagemaker.get_waiter("endpoint_in_service").wait(EndpointName="host", WaiterConfig={"Delay": 1, "MaxAttempts": 20})
component = {"InferenceComponentName": "component"}


def settle_component() -> str:
    while True:
        status = sagemaker.describe_inference_component(**component)["InferenceComponentStatus"]
        if not status.endswith("ing"):
            return status
        time.sleep(0.05)


sagemaker.create_inference_component(
    **component,
    EndpointName="host",
    VariantName="v",
    Specification={"ModelName": "one", "ComputeResourceRequirements": {"MinMemoryRequiredInMb": 128}},
    RuntimeConfig={"CopyCount": 1},
    Tags=tags,
)
statuses.append(settle_component())
sagemaker.update_inference_component(
    **component, Specification={"ModelName": "two", "ComputeResourceRequirements": {"MinMemoryRequiredInMb": 128}}
)
statuses.append(settle_component())
sagemaker.update_inference_component_runtime_config(**component, DesiredRuntimeConfig={"CopyCount": 2})
statuses.append(settle_component())
sagemaker.list_inference_components()
answer = runtime.invoke_endpoint(EndpointName="host", InferenceComponentName="component", Body=b"5")
answers.append(answer["Body"].read().decode())
sagemaker.delete_inference_component(**component)
while sagemaker.list_inference_components()["InferenceComponents"]:
    time.sleep(0.05)
sagemaker.delete_endpoint(EndpointName="host")
sagemaker.delete_endpoint(EndpointName="api")
sagemaker.get_waiter("endpoint_deleted").wait(EndpointName="host", WaiterConfig={"Delay": 1, "MaxAttempts": 10})
sagemaker.get_waiter("endpoint_deleted").wait(EndpointName="api", WaiterConfig={"Delay": 1, "MaxAttempts": 10})
for name in ("one", "two"):
    sagemaker.delete_endpoint_config(EndpointConfigName=name)
    sagemaker.delete_model(ModelName=name)
print(json.dumps({"problems": problems, "tried": tried, "statuses": statuses, "answers": answers}))

"""Makes an endpoint by boto3 and asks it by the SageMaker Python SDK, by endpoint variables alone. Prints the answers as JSON."""

import json
import os

import boto3
import numpy as np
from sagemaker.deserializers import CSVDeserializer, JSONDeserializer, NumpyDeserializer
from sagemaker.predictor import Predictor
from sagemaker.serializers import CSVSerializer, JSONSerializer, NumpySerializer
from sagemaker.session import Session

sagemaker = boto3.client("sagemaker")
sagemaker.create_model(ModelName="sdk", ExecutionRoleArn=os.environ["ROLE_ARN"], PrimaryContainer={"Image": "echo"})
variant = {"VariantName": "v", "ModelName": "sdk", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
sagemaker.create_endpoint_config(EndpointConfigName="sdk", ProductionVariants=[variant])
sagemaker.create_endpoint(EndpointName="sdk", EndpointConfigName="sdk")
sagemaker.get_waiter("endpoint_in_service").wait(EndpointName="sdk", WaiterConfig={"Delay": 1, "MaxAttempts": 20})

runtime = boto3.client("sagemaker-runtime")
stream = runtime.invoke_endpoint_with_response_stream(EndpointName="sdk", ContentType="text/plain", Body=b"in parts")
try:
    runtime.invoke_endpoint(EndpointName="none", Body=b"1")
    refused = ""
except runtime.exceptions.ValidationError as error:
    refused = error.response["Error"]["Code"]


def predicted(serializer, deserializer):
    # The session finds the service by the same variables as boto3.
    predictor = Predictor("sdk", sagemaker_session=Session(), serializer=serializer, deserializer=deserializer)
    return predictor.predict(np.array([[1.5, 2.0]]))


print(
    json.dumps(
        {
            "stream": b"".join(event["PayloadPart"]["Bytes"] for event in stream["Body"]).decode(),
            "refused": refused,
            "json": predicted(JSONSerializer(), JSONDeserializer()),
            "csv": predicted(CSVSerializer(), CSVDeserializer()),
            "npy": predicted(NumpySerializer(), NumpyDeserializer()).tolist(),
        }
    )
)

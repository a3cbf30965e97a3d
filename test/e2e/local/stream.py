"""Asks an endpoint for a stream: stream.py ENDPOINT BODY. Prints it as JSON, with the seconds until each of its parts came."""

import json
import sys
import time

import botocore.session

runtime = botocore.session.Session().create_client("sagemaker-runtime", region_name="us-east-1")
endpoint, body = sys.argv[1:]
asked = time.monotonic()
answer = runtime.invoke_endpoint_with_response_stream(
    EndpointName=endpoint, ContentType="application/json", Body=body.encode()
)
parts = [(time.monotonic() - asked, event["PayloadPart"]["Bytes"]) for event in answer["Body"]]
times, contents = zip(*parts, strict=True)
print(json.dumps({"type": answer["ContentType"], "times": times, "content": b"".join(contents).decode()}))

"""Asks an endpoint without a pause, each request once: `load.py ENDPOINT FILE`, until standard input ends.

Prints, in JSON, how many requests were answered, the different answers, and what became of those that were not.
"""

import json
import sys
import threading
from pathlib import Path

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

_, endpoint, file = sys.argv
body = Path(file).read_bytes()
over = threading.Event()
answers: dict[str, int] = {}
lost: list[str] = []


def ask() -> None:
    """Asks until it is over."""
    client = boto3.client("sagemaker-runtime", "us-east-1", config=Config(retries={"total_max_attempts": 1}))
    while not over.is_set():
        try:
            answered = client.invoke_endpoint(EndpointName=endpoint, Body=body, ContentType="application/json")
            answer = answered["Body"].read().decode()
            answers[answer] = answers.get(answer, 0) + 1
        except (BotoCoreError, ClientError) as error:
            lost.append(str(error))
        over.wait(0.05)


threads = [threading.Thread(target=ask) for _ in range(2)]
for thread in threads:
    thread.start()
print("asking", flush=True)
sys.stdin.read()
over.set()
for thread in threads:
    thread.join()
print(json.dumps({"answers": answers, "lost": lost}))

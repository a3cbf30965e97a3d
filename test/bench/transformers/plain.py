"""What is compared with: pipeline() behind FastAPI, one request at a time. plain.py FOLDER PORT"""

import sys

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel
from transformers import pipeline

app = FastAPI()
pipe = pipeline("text-classification", model=sys.argv[1], device="cpu")


class Request(BaseModel):
    inputs: str


@app.get("/ping")
async def ping() -> None:
    return None


# Not in a thread: there, several would run at once, and take longer together.
@app.post("/invocations")
async def invocations(request: Request) -> list[dict]:
    return pipe(request.inputs)


uvicorn.run(app, port=int(sys.argv[2]), log_level="warning")

#!/usr/bin/env python3
"""What SageMaker starts: `docker run IMAGE serve`."""

from ml_serving.engine.plan import make_plan
from ml_serving.engine.start import start
from ml_serving.sglang.engine import SGLANG

if __name__ == "__main__":
    start(lambda environment: make_plan(SGLANG, environment))

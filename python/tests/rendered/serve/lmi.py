#!/usr/bin/env python3
"""What SageMaker starts: `docker run IMAGE serve`."""

from ml_serving.engine.start import start
from ml_serving.lmi.plan import make_plan

if __name__ == "__main__":
    start(make_plan)

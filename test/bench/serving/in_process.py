"""What a model does without any server: rows a second, in full batches, in a process for each CPU.

usage: in_process.py ROWS_JSON SECONDS, with the model in SM_MODEL_DIR. No server that calls the model can do more.
"""

import json
import multiprocessing
import sys
import time

import numpy as np
from load_model import load_model

BATCH = 64


def rows_per_second(rows: list, seconds: float) -> float:
    model = load_model()
    batch = np.array(rows[:BATCH])
    warm = time.perf_counter() + 0.5
    while time.perf_counter() < warm:
        model.predict(batch)
    count, start = 0, time.perf_counter()
    while (elapsed := time.perf_counter() - start) < seconds:
        model.predict(batch)
        count += BATCH
    return count / elapsed


def main() -> None:
    with open(sys.argv[1]) as file:
        rows = json.load(file)["rows"]
    cpus = multiprocessing.cpu_count()
    with multiprocessing.get_context("spawn").Pool(cpus) as pool:
        print(sum(pool.starmap(rows_per_second, [(rows, float(sys.argv[2]))] * cpus, chunksize=1)))


if __name__ == "__main__":
    main()

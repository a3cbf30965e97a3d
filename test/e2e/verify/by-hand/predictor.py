"""The model, in a process of its own."""

import json
import subprocess
import sys
import threading
import time
from pathlib import Path


class Predictor:
    """Hands rows to the process that holds the model, one request at a time."""

    def __init__(self, model_dir: str) -> None:
        self.turn = threading.Lock()
        self.loaded = False
        self.process = subprocess.Popen(
            [sys.executable, __file__, model_dir], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def wait_until_loaded(self) -> bool:
        self.loaded = self.process.stdout.readline() == "loaded\n"
        return self.loaded

    def healthy(self) -> bool:
        return self.loaded and self.process.poll() is None

    def predict(self, rows: list[list[float]]) -> list[float]:
        with self.turn:
            self.process.stdin.write(json.dumps(rows) + "\n")
            self.process.stdin.flush()
            return json.loads(self.process.stdout.readline())

    def end(self) -> None:
        self.process.kill()
        self.process.wait()


def load(model_dir: str) -> list[float]:
    # Stands for the import of a library, which takes its time.
    time.sleep(0.3)
    try:
        return json.loads(Path(model_dir, "model.json").read_text())["weights"]
    except (OSError, ValueError) as error:
        sys.exit(f"cannot load the model: {error}")


def main() -> None:
    weights = load(sys.argv[1])
    print("loaded", flush=True)
    for line in sys.stdin:
        rows = json.loads(line)
        print(json.dumps([sum(w * x for w, x in zip(weights, row, strict=True)) for row in rows]), flush=True)


if __name__ == "__main__":
    main()

"""Holds a served project's answers against its model, called directly.

usage: expected.py PROJECT URL MODEL_FILE. Prints one line for each content type and Accept; exits 1 at a difference.
Knows nothing of the project's own code: it loads the file with the library and reads payload.csv by itself.
"""

import csv
import io
import json
import sys
import urllib.request
from pathlib import Path

import numpy as np

CONTENT_TYPES = {
    "payload.json": "application/json",
    "payload.csv": "text/csv; charset=UTF-8",
    "payload.jsonl": "application/jsonlines",
    "payload.npy": "application/x-npy",
    "payload.libsvm": "Text/LIBSVM",
}


def expected_predictions(model_file: Path, columns: list[str], rows: np.ndarray) -> np.ndarray:
    if model_file.suffix in (".json", ".ubj"):
        import xgboost

        booster = xgboost.Booster(model_file=model_file)
        return booster.predict(xgboost.DMatrix(rows, feature_names=columns))
    if model_file.suffix == ".skops":
        import skops.io

        model = skops.io.load(model_file)
    else:
        import joblib

        model = joblib.load(model_file)
    import pandas

    return model.predict(pandas.DataFrame(rows, columns=columns))


def read_answer(accept: str, body: bytes, dtype: np.dtype) -> np.ndarray:
    if accept == "application/x-npy":
        return np.load(io.BytesIO(body))
    if accept == "text/csv":
        values = [line[0] for line in csv.reader(io.StringIO(body.decode()))]
    elif accept == "application/jsonlines":
        values = [json.loads(line)["prediction"] for line in body.splitlines()]
    else:
        values = json.loads(body)["predictions"]
    return np.array(values).astype(dtype)


def main() -> None:
    project, url, model_file = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    payloads = project / "sample_model" / "payloads"
    header, *lines = csv.reader((payloads / "payload.csv").open(newline=""))
    rows = np.array(lines, dtype=np.float64)
    expected = expected_predictions(project / "model" / model_file, header, rows)
    for payload in sorted(payloads.iterdir()):
        for accept in ("application/json", "text/csv", "application/jsonlines", "application/x-npy"):
            headers = {"Content-Type": CONTENT_TYPES[payload.name], "Accept": accept}
            request = urllib.request.Request(f"{url}/invocations", payload.read_bytes(), headers)
            with urllib.request.urlopen(request) as answer:
                assert answer.headers["Content-Type"].startswith(accept), answer.headers
                got = read_answer(accept, answer.read(), expected.dtype)
            np.testing.assert_array_equal(got, expected, f"{payload.name} -> {accept}")
            print(f"{payload.name} -> {accept}: {len(got)} predictions equal")


if __name__ == "__main__":
    main()

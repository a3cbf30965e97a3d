"""Holds what an endpoint has answered to a project's sample requests against its model, asked directly.

usage: answers.py PROJECT MODEL_FILE ANSWERS, a folder with the answers by the names of the requests. Prints the names of
those that are right to the last digit that they show.
"""

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent / "python"))
from expected import expected_predictions, read_answer

project, model_file, answers = (Path(argument) for argument in sys.argv[1:])
header, *lines = (project / "sample_model/payloads/payload.csv").read_text().splitlines()
rows = np.array([line.split(",") for line in lines], dtype=np.float64)
expected = expected_predictions(project / "model" / model_file, header.split(","), rows)
accepted = {"payload.json": "application/json", "payload.csv": "text/csv", "payload.npy": "application/x-npy"}
for name, accept in accepted.items():
    answer = read_answer(accept, (answers / name).read_bytes(), expected.dtype)
    if answer.tolist() == expected.tolist():
        print(name)

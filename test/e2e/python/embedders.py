"""Makes a tiny model of sentence-transformers, and prints what its encode() gives: embedders.py FOLDER CHAIN TEXTS."""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3] / "python"))

from sentence_transformers import SentenceTransformer
from tests.texts.chains import CHAINS

folder, chain = Path(sys.argv[1]), sys.argv[2]
CHAINS[chain](folder)
model = SentenceTransformer(str(folder / "model"), device="cpu", local_files_only=True)
print(json.dumps(model.encode(json.loads(sys.argv[3])).tolist()))

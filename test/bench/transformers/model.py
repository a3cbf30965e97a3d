"""Makes a classifier as large as common small ones, with random weights: model.py FOLDER"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "e2e/python/transformers"))

from models import save

# As MiniLM: 6 layers of 384.
save(
    "text-classification",
    Path(sys.argv[1]),
    vocab_size=30522,
    hidden_size=384,
    num_hidden_layers=6,
    num_attention_heads=12,
    intermediate_size=1536,
    max_position_embeddings=512,
    initializer_range=0.05,
)

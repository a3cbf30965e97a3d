"""Makes a classifier as large as common small ones, with random weights: model.py FOLDER"""

import sys
from pathlib import Path

import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "python"))

from tests.texts.models import save, sentences

folder = Path(sys.argv[1])
# As MiniLM: 6 layers of 384.
save(
    "text-classification",
    folder,
    vocab_size=30522,
    hidden_size=384,
    num_hidden_layers=6,
    num_attention_heads=12,
    intermediate_size=1536,
    max_position_embeddings=512,
    initializer_range=0.05,
)
# Random weights prefer one label whatever they read: without that, no text would get another.
model = AutoModelForSequenceClassification.from_pretrained(folder)
tokenizer = AutoTokenizer.from_pretrained(folder)
with torch.inference_mode():
    logits = model(**tokenizer(sentences(64), padding=True, return_tensors="pt")).logits
    model.classifier.bias -= logits.mean(dim=0)
model.save_pretrained(folder)

"""Makes a tiny model that continues texts, and prints as JSON how it continues one by itself: generator.py FOLDER TEXT TOKENS."""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3] / "python"))

from tests.generation import models
from transformers import pipeline

folder, text, tokens = models.make("llama", Path(sys.argv[1]), ends=False), sys.argv[2], int(sys.argv[3])
generate = pipeline("text-generation", model=str(folder))
[answer] = generate(text, max_new_tokens=tokens, do_sample=False, return_full_text=False)
print(json.dumps(answer["generated_text"]))

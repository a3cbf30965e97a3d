"""For the type checker alone: each kind's adapter is one (see worker/adapter.py)."""

from ml_serving.generation import adapter as generation
from ml_serving.rows import adapter as rows
from ml_serving.texts import adapter as texts
from ml_serving.worker.adapter import Adapter

ADAPTERS: list[Adapter] = [rows, texts, generation]

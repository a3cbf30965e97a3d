"""For the type checker: the adapter and the rendered handler are what their protocols say."""

from ml_serving.generation import adapter
from ml_serving.handler import GenerationHandler
from ml_serving.worker.adapter import Adapter
from tests.rendered.handlers import transformers_text_generation

ADAPTER: Adapter = adapter
HANDLERS: list[GenerationHandler] = [transformers_text_generation]

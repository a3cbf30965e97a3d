"""For the type checker: the adapter and every rendered handler are what their protocols say."""

from collections.abc import Callable
from collections.abc import Set as AbstractSet
from types import ModuleType

from ml_serving.handler import TextsHandler
from ml_serving.scripts.adapter import Rest
from ml_serving.texts import adapter
from ml_serving.worker.adapter import Adapter
from tests.rendered.handlers import (
    transformers_feature_extraction,
    transformers_fill_mask,
    transformers_question_answering,
    transformers_script,
    transformers_text_classification,
    transformers_token_classification,
    transformers_zero_shot_classification,
)

ADAPTER: Adapter = adapter
HANDLERS: list[TextsHandler] = [
    transformers_feature_extraction,
    transformers_fill_mask,
    transformers_question_answering,
    transformers_text_classification,
    transformers_token_classification,
    transformers_zero_shot_classification,
]
REST: Callable[[ModuleType, AbstractSet[str]], Rest] = transformers_script.SCRIPT

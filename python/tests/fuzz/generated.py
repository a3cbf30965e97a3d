"""As in targets.py, of models that generate texts: what PyTorch has to be loaded for."""

from types import SimpleNamespace
from typing import Any

from ml_serving.generation.content_types import check_accepted, decode
from ml_serving.generation.questions import Reader
from tests.fuzz.targets import Target
from tests.generation.models import TEMPLATE, byte_level


def tokenizer() -> Any:
    made = byte_level()
    made.chat_template = TEMPLATE
    return made


def model() -> Any:
    config = SimpleNamespace(max_position_embeddings=256)
    config.get_text_config = lambda: config
    return SimpleNamespace(config=config, generation_config=SimpleNamespace(eos_token_id=None), device="cpu")


asked = Reader(model(), tokenizer(), 20)


def accepted(data: bytes) -> None:
    check_accepted(data)


def questions(data: bytes) -> None:
    asked.read(decode(data, b"application/json", None))


TARGETS: dict[str, Target] = {"questions": questions, "accepted": accepted}

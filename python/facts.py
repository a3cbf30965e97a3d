"""Writes what the generator tells users about the server: python facts.py > ../generators/serving-facts.ts

Run where the packages of a project of rows and of XGBoost are installed. A test holds the file against this.
"""

import json
from collections.abc import Sequence
from typing import Any

from ml_serving.engine import lora
from ml_serving.kinds import KINDS
from ml_serving.rows.forms import content_types as rows
from ml_serving.rows.model_files.file_kinds import (
    FILE_KINDS,
    HEAD_BYTES,
    NAMED_IN_PICKLE,
    PICKLED_CLASS,
)
from ml_serving.rows.model_files.missing_code import PACKAGES
from ml_serving.settings import DECLARED, Setting
from ml_serving.sklearn.advice import ADVICE as SKLEARN_ADVICE
from ml_serving.texts import content_types as texts
from ml_serving.texts.sentences import served as sentences
from ml_serving.worker.negotiation import RequestType, ResponseType
from ml_serving.xgboost.advice import ADVICE as XGBOOST_ADVICE
from ml_serving.xgboost.libsvm import LIBSVM


def settings_of(kind: str) -> list[dict[str, str | bool]]:
    """The environment variables of a server of such models."""
    return [
        {
            "name": one.variable,
            "shownDefault": str(one.for_kind(kind)[0]),
            "meaning": one.for_kind(kind)[1] + elsewhere(one),
            "often": one.often,
        }
        for one in DECLARED.values()
        if kind in one.kinds
    ]


def elsewhere(setting: Setting) -> str:
    """What it is called in SageMaker's own containers, in Markdown."""
    names = ", ".join(f"`{name}`" for name in setting.elsewhere)
    return f". Also read: {names}" if names else ""


def read(types: Sequence[RequestType[Any]]) -> list[dict[str, str]]:
    return [
        {
            "type": one.name,
            "shape": one.shape,
            **({"payload": one.payload} if one.payload else {}),
            **(
                {"answeredInBatch": one.answered_in_batch}
                if one.answered_in_batch
                else {}
            ),
        }
        for one in types
    ]


def written(types: Sequence[ResponseType[Any]]) -> list[str]:
    """The one for callers who do not mind comes first."""
    return [one.name for one in reversed(types)]


FACTS = {
    "settings": {kind: settings_of(kind) for kind in KINDS},
    # By the folders of ml_serving that read and write them.
    "contentTypes": {
        "rows": {
            "request": read(rows.REQUEST_TYPES),
            "response": written(rows.RESPONSE_TYPES),
        },
        "xgboost": {"request": read(LIBSVM), "response": []},
        "texts": {
            "request": read(texts.REQUEST_TYPES),
            "response": written(texts.RESPONSE_TYPES),
        },
    },
    "modelFiles": {
        "headBytes": HEAD_BYTES,
        "kinds": [kind._asdict() for kind in FILE_KINDS],
        "namedInPickle": NAMED_IN_PICKLE,
        "pickledClass": PICKLED_CLASS,
        "advice": {"sklearn": SKLEARN_ADVICE, "xgboost": XGBOOST_ADVICE},
        # Names on the index by those that are imported.
        "packages": PACKAGES,
    },
    "lora": {
        "harmless": lora.HARMLESS,
        "plainStarts": lora.PLAIN_STARTS,
        "patterns": lora.PATTERNS,
    },
    "sentences": {
        "modules": sentences.MODULES,
        "poolings": sentences.POOLINGS,
        "configs": sentences.CONFIGS,
        "ofModel": sentences.OF_MODEL,
        "loadedWith": [*sentences.TAKEN, *sentences.OURS],
        "encoders": sentences.ENCODERS,
    },
}


def module() -> str:
    """As a module of the generator."""
    facts = json.dumps(FACTS, indent=2, ensure_ascii=False)
    return f"// Made by python/facts.py: what the server in Python says of itself.\nexport const facts = {facts};\n"


if __name__ == "__main__":
    print(module(), end="")

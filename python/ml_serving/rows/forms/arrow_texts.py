"""Columns of texts as Arrow holds them: written out, each level once, or as views. pyarrow has no types."""

import importlib
from typing import Any

import numpy as np


def repeated(pyarrow: Any, column: Any) -> int:
    """Bytes of texts that may each be held once, were they written out: a model may well do that."""
    types, kind = pyarrow.types, column.type
    coded = types.is_dictionary(kind) and is_text(types, kind.value_type)
    if not coded and not is_view(types, kind):
        return 0
    compute: Any = importlib.import_module("pyarrow.compute")
    if not coded:
        return compute.sum(view_lengths(pyarrow, column)).as_py() or 0
    texts = column.dictionary
    lengths = (
        view_lengths(pyarrow, texts)
        if is_view(types, texts.type)
        else compute.cast(compute.binary_length(texts), "int64")
    )
    return compute.sum(lengths.take(column.indices)).as_py() or 0


def view_lengths(pyarrow: Any, texts: Any) -> Any:
    """Bytes of each. pyarrow computes nothing of views: each is 16 bytes, and begins with its length."""
    if not len(texts):
        return pyarrow.array([], "int64")
    views = np.frombuffer(texts.buffers()[1], "<i4")[::4]
    lengths = views[texts.offset : texts.offset + len(texts)].astype(np.int64)
    missing = texts.is_null().to_numpy(zero_copy_only=False)
    return pyarrow.array(lengths, mask=missing)


def decoded(chunk: Any) -> list[str | None]:
    """Texts that are each held once: here, too, since together they may be far larger than the body."""
    levels: list[str | None] = chunk.dictionary.to_pylist()
    codes: list[int | None] = chunk.indices.to_pylist()
    return [None if code is None else levels[code] for code in codes]


def is_text(types: Any, kind: Any) -> bool:
    return types.is_string(kind) or types.is_large_string(kind) or is_view(types, kind)


def is_view(types: Any, kind: Any) -> bool:
    """Texts as Polars writes them, of which several may lie in the same bytes."""
    return types.is_string_view(kind)

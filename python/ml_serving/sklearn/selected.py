"""Which columns a part of a ColumnTransformer gets, from what it keeps of them."""

from typing import Any


def places(where: Any, transformer: Any) -> list[int]:
    """Indices (from 0) of the columns that a name, a number, a list of either, a slice or a
    mask picks. Functions that pick were called when the transformer was fitted."""
    names: list[Any] = list(getattr(transformer, "feature_names_in_", ()))
    every = list(range(transformer.n_features_in_))
    if isinstance(where, slice):
        # By names the last one is included, as in pandas.
        start = at(where.start, names) if where.start is not None else None
        stop = at(where.stop, names) if where.stop is not None else None
        if isinstance(where.stop, str) and stop is not None:
            stop += 1
        return every[start : stop : where.step]
    if isinstance(where, str) or not hasattr(where, "__len__"):
        return [every[at(where, names)]]
    listed: list[Any] = list(where)
    if listed and all(type(one).__name__ in ("bool", "bool_") for one in listed):
        return [index for index, is_in in zip(every, listed, strict=False) if is_in]
    return [every[at(one, names)] for one in listed]


def at(one: Any, names: list[Any]) -> int:
    return names.index(one) if isinstance(one, str) else int(one)

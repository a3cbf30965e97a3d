"""What a JSON document may be: isinstance narrows it as it is read, down to its values."""

from typing import TypeAlias

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"

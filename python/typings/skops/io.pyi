from collections.abc import Sequence
from pathlib import Path
from typing import Any

def load(file: Path, trusted: Sequence[str]) -> Any: ...

def get_untrusted_types(*, file: Path) -> list[str]: ...

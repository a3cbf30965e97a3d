from pathlib import Path
from typing import Any

def load(filename: Path) -> Any: ...

"""The server of a container for Amazon SageMaker hosting.

Made by ml-container-creator, which replaces this folder as a whole: `ml-container-creator update`. What is yours
lies beside it: model_handler.py (see handler.py here for what it gives) and app.py.

SPDX-License-Identifier: Apache-2.0
"""

from pathlib import Path

__version__ = (Path(__file__).parent / "VERSION").read_text().strip()

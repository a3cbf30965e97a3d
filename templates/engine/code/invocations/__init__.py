"""SageMaker's two paths, /ping and /invocations, inside the engine's own web app.

vLLM loads the class with `--middleware invocations.SageMaker`.
"""

from invocations.middleware import SageMaker

__all__ = ["SageMaker"]

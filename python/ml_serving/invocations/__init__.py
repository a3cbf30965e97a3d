"""SageMaker's two paths, /ping and /invocations, inside the engine's own web app.

vLLM loads the class with `--middleware ml_serving.invocations.SageMaker`.
"""

from ml_serving.invocations.middleware import SageMaker

__all__ = ["SageMaker"]

"""What scripts know of the containers that they were written for: modules, errors and environment variables."""

import os
from collections.abc import Mapping, Sequence

from ml_serving.errors import RequestError, first_line

# In AWS's images only, or of use in them only; what stands for them here.
TOOLKITS = (
    "sagemaker_inference",
    "sagemaker_containers",
    "sagemaker_sklearn_container",
    "sagemaker_xgboost_container",
    "sagemaker_huggingface_inference_toolkit",
    "mms",
)
INSTEAD = (
    "it is part of the container that the script was written for. Remove the line, and what uses it: for "
    'content_types.JSON and the like write the text, "application/json"; where input_fn only decodes '
    "(decoder.decode, encoders.decode, *_to_dmatrix), or output_fn only encodes (encoder.encode, "
    "worker.Response), leave the function out: the server reads and writes these types itself; for an "
    "UnsupportedFormatError of yours raise ml_serving.errors.RequestError(415, …)"
)


def of_aws(module: str) -> str | None:
    """What to do about the import of a module that only those containers have; None for any other."""
    return INSTEAD if module.partition(".")[0] in TOOLKITS else None


def refusal(error: BaseException, function: str) -> RequestError | None:
    """The answer to an exception by which scripts say that the caller is to blame; None for any other.

    They are known by their names: the libraries that they are of need not be here.
    """
    if isinstance(error, RequestError):
        return error
    names = {one.__name__ for one in type(error).__mro__}
    if "UnsupportedFormatError" in names:
        return RequestError(406 if function == "output_fn" else 415, first_line(error))
    # Of sagemaker_inference, of MMS, of werkzeug (flask.abort), of starlette: where each has its status.
    for name, status, words in (
        ("BaseInferenceToolkitError", "status_code", "message"),
        ("PredictionException", "error_code", "message"),
        ("HTTPException", "code", "description"),
        ("HTTPException", "status_code", "detail"),
    ):
        code = getattr(error, status, None) if name in names else None
        if isinstance(code, int) and 400 <= code < 600:
            return RequestError(code, str(getattr(error, words, "") or error))
    return None


def remarks(environment: Mapping[str, str] = os.environ) -> Sequence[str]:
    """What to say at start of variables that the containers of AWS read, and this one does not."""
    said: list[str] = []
    program = environment.get("SAGEMAKER_PROGRAM", "inference.py")
    if program.removesuffix(".py") != "inference":
        said.append(
            f"SAGEMAKER_PROGRAM is {program!r} and has no effect: the script is code/inference.py, whatever it was called"
        )
    for name in ("SAGEMAKER_SUBMIT_DIRECTORY", "SAGEMAKER_BASE_DIR"):
        if name in environment:
            said.append(
                f"{name} has no effect: inference.py and its modules are in the image, beside code/serve"
            )
    return said

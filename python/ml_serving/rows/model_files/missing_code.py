"""What a model needs of code that is not there, and how to bring it."""

import importlib.util
import re
import sys

# Packages of the field whose name on the index is not the one by which they are imported,
# and others that models hold classes of: of any other module only its user knows whether it
# is a package or a file.
PACKAGES = {
    "Bio": "biopython",
    "PIL": "pillow",
    "bs4": "beautifulsoup4",
    "category_encoders": "category-encoders",
    "catboost": "catboost",
    "cloudpickle": "cloudpickle",
    "cv2": "opencv-python-headless",
    "dateutil": "python-dateutil",
    "dill": "dill",
    "dirty_cat": "dirty-cat",
    "fasttext": "fasttext",
    "feature_engine": "feature-engine",
    "gensim": "gensim",
    "hdbscan": "hdbscan",
    "imblearn": "imbalanced-learn",
    "imodels": "imodels",
    "interpret": "interpret",
    "keras": "keras",
    "lightgbm": "lightgbm",
    "mlxtend": "mlxtend",
    "ngboost": "ngboost",
    "nltk": "nltk",
    "optbinning": "optbinning",
    "pandas": "pandas",
    "pmdarima": "pmdarima",
    "polars": "polars",
    "prophet": "prophet",
    "pyarrow": "pyarrow",
    "pygam": "pygam",
    "pyod": "pyod",
    "sentence_transformers": "sentence-transformers",
    "shap": "shap",
    "skimage": "scikit-image",
    "skl2onnx": "skl2onnx",
    "sklearn": "scikit-learn",
    "sklearn_extra": "scikit-learn-extra",
    "sklearn_pandas": "sklearn-pandas",
    "sklego": "scikit-lego",
    "skopt": "scikit-optimize",
    "skorch": "skorch",
    "skrub": "skrub",
    "sksurv": "scikit-survival",
    "sktime": "sktime",
    "spacy": "spacy",
    "statsmodels": "statsmodels",
    "tensorflow": "tensorflow",
    "torch": "torch",
    "tpot": "tpot",
    "transformers": "transformers",
    "tslearn": "tslearn",
    "umap": "umap-learn",
    "unidecode": "Unidecode",
    "xgboost": "xgboost-cpu",
    "yaml": "PyYAML",
}

# How pickle says that a module has no such name.
NO_SUCH_NAME = re.compile(r"get attribute '([\w.]+)' on <module '([\w.]+)'")


def missing_code(error: Exception) -> str | None:
    """What a file needs of code that is not a library's at all, and where to put it."""
    if isinstance(error, ModuleNotFoundError) and error.name:
        return missing_module(error.name)
    found = NO_SUCH_NAME.search(str(error))
    if not found:
        return None
    name, module = found.groups()
    if module == getattr(sys.modules["__main__"].__spec__, "name", "__main__"):
        return (
            f"{name!r} was defined in the script or notebook that trained it: put that "
            f"definition, with its imports, into a file such as code/training.py, and into "
            f"model_handler.py the line: from training import {name.partition('.')[0]}"
        )
    origin = getattr(sys.modules.get(module), "__file__", None) or ""
    if "site-packages" in origin:
        return None
    return f"{name!r}, with which it was trained, is not in {origin or module}"


def missing_module(name: str) -> str | None:
    """None for a part that a library which is there has not in this version."""
    if name == "__builtin__":
        # What dill calls the script by, and only it reads again.
        return (
            "dill wrote it, and has to read it: put dill into requirements.txt, import dill at the top of "
            "model_handler.py, and let load have: model = dill.loads((model_dir / MODEL_FILE).read_bytes())"
        )
    top = name.partition(".")[0]
    if importlib.util.find_spec(top):
        return None
    if package := PACKAGES.get(top):
        return (
            f"it was trained with {package}, which is not here: add it to requirements.txt, in "
            f"the version of training: {package}==VERSION"
        )
    return (
        f"the module {name!r}, with which it was trained, is not here: if it is a file or a folder of yours, "
        "copy it into code/; if it comes from a package, add that to requirements.txt"
    )

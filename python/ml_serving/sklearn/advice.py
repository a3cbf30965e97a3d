"""What to do with files that are no models of scikit-learn (see rows/model_files/file_kinds.py)."""

OF_XGBOOST = "make a project with --framework=xgboost"
ADVICE = {
    "xgboost-ubj": OF_XGBOOST,
    "xgboost-json": OF_XGBOOST,
    "xgboost-binary": f"{OF_XGBOOST}, which says how to convert it",
    "pickle": "make a project with --model-format=pkl",
    "zip": "if skops.io.dump wrote it, make a project with --model-format=skops",
}

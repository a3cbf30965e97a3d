"""What to do with files that XGBoost cannot read as models (see rows/model_files/file_kinds.py)."""

ADVICE = {
    "xgboost-binary": (
        'convert it once, where it was trained (xgboost<3.1): python -c "import xgboost; '
        "xgboost.Booster(model_file='{file}').save_model('model.json')\""
    ),
    "xgboost-dump": "save the model itself, where it was trained: save_model('model.json')",
    "pickle xgboost": (
        "pickles hold for the version that wrote them only. Save the model anew, where it was trained: "
        "python -c \"import joblib; joblib.load('{file}').save_model('model.json')\""
    ),
    "pickle": "make a project with --framework=sklearn",
}

"""Whether a model can be asked for predictions; if not, the lines of model_handler.py that serve it otherwise."""

from collections.abc import Mapping
from typing import Any, cast

from ml_serving.errors import ModelError

# Of models without predict, what they can do for rows.
INSTEAD = {
    "transform": "model.transform(data)",
    "kneighbors": "model.kneighbors(data, return_distance=False)",
    "score_samples": "model.score_samples(data)",
    "decision_function": "model.decision_function(data)",
}
SAVE_IT = "save the fitted model itself"


def check_usable(model: Any, probabilities: bool) -> None:
    """Raises ModelError for what does not predict; probabilities: for what has none."""
    what = type(model).__name__
    if isinstance(model, Mapping):
        raise ModelError(inside(what, cast(Mapping[Any, Any], model)))
    if isinstance(model, (list, tuple)):
        raise ModelError(inside(what, dict(enumerate(cast(list[Any], model)))))
    if type(model).__module__ == "xgboost.core":
        raise ModelError(
            f"the file holds XGBoost's {what}, which does not predict for plain rows: save it by "
            "save_model('model.json'), and make a project with --framework=xgboost"
        )
    if not hasattr(model, "predict"):
        raise ModelError(without_predict(model))
    if probabilities and not hasattr(model, "predict_proba"):
        raise ModelError(
            f"SERVER_PROBABILITIES is on, but the model, {what}, has no predict_proba: leave the variable out, or "
            "train a model that has, such as one in CalibratedClassifierCV"
        )


def without_predict(model: Any) -> str:
    what = f"the model, {type(model).__name__}, has no predict"
    # A data frame has some of these methods, too.
    for method, call in INSTEAD.items() if hasattr(model, "fit") else ():
        if hasattr(model, method):
            return f"{what}, but {method}. {change(call)}"
    if hasattr(model, "fit_predict") or hasattr(model, "fit_transform"):
        return (
            f"{what}: it tells of the rows that it was fitted on only, and has no rule for others. Fit a model that "
            "has one to its result, such as KNeighborsClassifier(1).fit(rows, model.labels_), and save that"
        )
    held = (
        f"the file holds an object of type {type(model).__name__}, which has no predict"
    )
    if callable(model):
        return f"{held}, but can be called. {change('model(data)')}"
    return f"{held}: {SAVE_IT}"


def change(call: str) -> str:
    return (
        "To serve that, delete the line of check_usable in model_handler.py, and let all that predict does be: "
        f"return {call}"
    )


def inside(what: str, parts: Mapping[Any, Any]) -> str:
    """Of a model within something else. parts: by what stands for each in brackets."""
    held = [f"{key!r} ({type(part).__name__})" for key, part in parts.items()]
    start = f"the file holds a {what}: {', '.join(held[:10]) or 'an empty one'}"
    models = [key for key, part in parts.items() if hasattr(part, "predict")]
    if not models:
        return f"{start}. Nothing in it has a predict: {SAVE_IT}"
    line = f"model = model[{models[0]!r}]"
    steps = [
        key
        for key, part in parts.items()
        if hasattr(part, "transform") and key not in models
    ]
    if steps:
        # In which order, and whether at all, only who trained them knows.
        calls = ", ".join(f"model[{key!r}]" for key in [*steps, models[0]])
        line += (
            f"; or, where rows went through the others first: model = make_pipeline({calls}), "
            "and at its top: from sklearn.pipeline import make_pipeline"
        )
    return f"{start}. To serve the model in it, put into load in model_handler.py, above check_usable: {line}"

"""What a model's file says of its columns: their names, and the levels of those that are categories."""

import logging

import xgboost as xgb

from ml_serving.rows.booster_levels import booster_levels
from ml_serving.rows.features import Features
from ml_serving.rows.schema import FILE, NUMBER, Column

log = logging.getLogger(__name__)

# What a sparse matrix leaves out is missing to XGBoost.
ABSENT = float("nan")


def model_features(model: xgb.Booster) -> Features:
    """What the rows of a request must hold.

    Categories are sent as the levels that they were in training. Where the file does not
    tell these, they are sent as their codes, or declared in model/input_schema.json.
    """
    count, names = model.num_features(), model.feature_names
    categories = [
        index for index, kind in enumerate(model.feature_types or ()) if kind == "c"
    ]
    if not categories:
        return Features(count, names, form="codes", absent=ABSENT)
    noted = booster_levels(model.save_raw("json"))
    levels = {one: noted[one] for one in categories if noted.get(one)}
    unknown = [names[one] if names else one for one in categories if one not in levels]
    if unknown:
        log.warning(
            "the model's file does not name the categories of %s, or not whole: they are expected as their codes in "
            "training. To send the categories themselves, declare them in model/%s, in the order of these codes",
            ", ".join(map(repr, unknown)),
            FILE,
        )
    columns = [
        Column(
            name=names[index] if names else None,
            type="category" if index in levels else NUMBER,
            categories=levels.get(index),
            source="model",
            # XGBoost takes a text that it has never met for the one that comes next in the
            # alphabet, and a number that it has not met it refuses.
            strict=index in levels,
        )
        for index in range(count)
    ]
    return Features(count, names, columns=columns, form="codes", absent=ABSENT)

"""What a model's file says of its columns: their names, and the levels of those that are categories."""

import logging

import xgboost as xgb

from ml_serving.rows.columns.schema import FILE, NUMBER, Column
from ml_serving.rows.features import Features
from ml_serving.rows.model_files.booster_levels import booster_levels

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
    levels = booster_levels(model.save_raw("json"))
    unknown = [one for one in categories if not levels.get(one)]
    if unknown:
        log.warning(
            "the model's file does not name the categories of %s%s. To send the categories themselves, declare them in "
            "model/%s, in the order of their codes in training",
            ", ".join(repr(names[one]) if names else str(one + 1) for one in unknown),
            " whole" if levels else ": they are expected as their codes",
            FILE,
        )
    columns = [
        Column(
            name=names[index] if names else None,
            # A file that names levels at all was trained on these, not on codes.
            type="category" if levels and index in categories else NUMBER,
            categories=levels.get(index) or None,
            source="model",
            # XGBoost takes a text that it has never met for the one that comes next in the
            # alphabet, and a number that it has not met it refuses.
            strict=index in categories,
        )
        for index in range(count)
    ]
    return Features(count, names, columns=columns, form="codes", absent=ABSENT)

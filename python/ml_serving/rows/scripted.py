"""What is done for inference.py where it has no such function, for models of rows: SCRIPT in model_handler.py."""

import logging
from collections.abc import Set as AbstractSet
from contextlib import suppress
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, cast

import numpy as np
import orjson

from ml_serving.errors import ModelError, RequestError
from ml_serving.handler import RowsHandler, checked, returned
from ml_serving.rows.adapter import Predictor, as_rows
from ml_serving.rows.columns.declared import with_schema
from ml_serving.rows.columns.schema import FILE, Schema, read_schema
from ml_serving.rows.description import described, log_columns
from ml_serving.rows.features import Features
from ml_serving.rows.forms.negotiated import negotiation, request_types
from ml_serving.rows.predictions import one_array, settled
from ml_serving.worker.adapter import Description
from ml_serving.worker.negotiation import fitting

log = logging.getLogger(__name__)


class ScriptedRows:
    """See Rest in scripts/adapter.py."""

    def __init__(self, handler: ModuleType, functions: AbstractSet[str]) -> None:
        self._handler = checked(handler, RowsHandler)
        self._functions = functions
        # A script that writes answers may write any type.
        self._writes = "output_fn" in functions or "transform_fn" in functions
        self._types = negotiation(self._handler, any_default=self._writes)
        self.features: Features
        self._schema: Schema | None = None
        self._predictor: Predictor

    # A model of model_fn's may be anything: what may be asked of it, subclasses know.

    def features_of(self, model: Any) -> Features:
        return self._handler.features(model)

    def settle(self, model: Any) -> None:
        self._handler.prepare(model)

    def ask(self, model: Any, data: Any) -> Any:
        """What is asked of a model of model_fn's, or about data of input_fn's."""
        return model.predict(data)

    def as_data(self, rows: Any) -> Any:
        """Rows in the form that the model got them in, as the container gives them to predict_fn."""
        return rows

    def load(self, model_dir: Path) -> Any:
        return returned(self._handler.load(model_dir))

    def look(self, model: Any, model_dir: Path) -> None:
        asked = "predict_fn" not in self._functions
        if (
            asked
            and "transform_fn" not in self._functions
            and not hasattr(model, "predict")
        ):
            raise ModelError(
                f"inference.py: model_fn gave {type(model).__name__}, which has no predict: define predict_fn"
            )
        self._schema = schema = read_schema(model_dir)
        self.features = with_schema(self._known(model), schema and schema.columns)
        self._types = negotiation(
            self._handler, any_default=self._writes, features=self.features
        )

    def description(self) -> Description | None:
        if self._functions & {"input_fn", "transform_fn"}:
            return None
        log_columns(self.features)
        types = fitting(request_types(self._handler), self.features)
        schema = self._schema
        return described(self.features, types, schema and schema.example)

    def _known(self, model: Any) -> Features:
        if "model_fn" not in self._functions:
            return self._handler.features(model)
        try:
            return self.features_of(model)
        except (AttributeError, TypeError, ValueError) as error:
            if not self._functions & {"input_fn", "transform_fn"}:
                log.info(
                    "rows may have any values: what model_fn gave does not say what it takes (%s)",
                    error,
                )
            return Features(own_code=True)

    def prepare(self, model: Any) -> Any:
        handler = self._handler
        if "model_fn" in self._functions:
            own = SimpleNamespace(
                KIND=handler.KIND, prepare=self.settle, predict=self.ask
            )
            handler = cast(RowsHandler, own)
        self._predictor = Predictor(handler, model, self.features, self._types)
        return model

    def together(self) -> Predictor:
        return self._predictor

    def input(self, body: bytes, content_type: bytes | None) -> Any:
        decode, parameters, _ = self._types.decoder(content_type)
        rows = as_rows(decode(body, parameters, self.features), self.features)
        if "predict_fn" not in self._functions:
            return rows
        table, *others = rows.tables
        if others:
            raise RequestError(
                400,
                "a column has values of different types in the rows of the request, and inference.py takes one table: "
                f"send such rows one by one, or declare the columns in model/{FILE}",
            )
        return self.as_data(self.features.ready(table))

    def predict(self, data: Any, model: Any) -> Any:
        if "input_fn" in self._functions:
            return self.ask(model, data)
        return self._predictor.predicted(data)

    def output(
        self, prediction: Any, accept: bytes | None, content_type: bytes | None
    ) -> tuple[str, bytes]:
        """As for any model of rows where it is an array, or becomes one; as a document in JSON otherwise."""
        in_batch = None
        with suppress(RequestError):
            # Unless the script alone reads the type.
            *_, in_batch = self._types.decoder(content_type)
        answered, encode = self._types.encoder(accept, in_batch)
        if (table := as_array(prediction)) is not None:
            return answered, encode(table)
        if answered != "application/json":
            raise RequestError(
                406,
                f"predict_fn gave {type(prediction).__name__}, which is no table: it can be answered in "
                "application/json only",
            )
        return answered, orjson.dumps(prediction, option=orjson.OPT_SERIALIZE_NUMPY)


def as_array(prediction: Any) -> np.ndarray | None:
    """With an entry for each row; None for what is no list of any kind."""
    if isinstance(prediction, dict | str | bytes):
        return None
    array = one_array(prediction)
    return settled(array) if array.ndim else None

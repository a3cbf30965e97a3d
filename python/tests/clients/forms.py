"""What clients send, made by their own packages, and how they read what comes back."""

import io
from collections.abc import Callable
from typing import Any

import httpx
import numpy as np
import pandas as pd
import pyarrow
from mlflow.pyfunc.scoring_server.client import ScoringServerClient
from mlserver.codecs import NumpyRequestCodec, PandasCodec
from mlserver.types import InferenceResponse
from sagemaker import deserializers, serializers
from scipy import sparse

from tests.clients.models import Asked


class RefusedError(Exception):
    def __init__(self, status: int) -> None:
        self.status = status
        super().__init__(status)


class Server:
    """sent: whether it has been asked."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.sent = False

    def ask(self, body: bytes | str, content_type: str, accept: str = "*/*") -> httpx.Response:
        self.sent = True
        answer = httpx.post(
            f"http://127.0.0.1:{self.port}/invocations",
            content=body,
            headers={"Content-Type": content_type, "Accept": accept},
            timeout=60,
        )
        if answer.status_code != 200:
            raise RefusedError(answer.status_code)
        return answer


# Asks, and returns the predictions.
Ask = Callable[[Server, Asked], Any]
JSON, CSV = deserializers.JSONDeserializer(), deserializers.CSVDeserializer()


def sagemaker(serializer: Any, data: Callable[[Asked], Any], deserializer: Any = JSON) -> Ask:
    """As sagemaker.predictor.Predictor does it."""

    def ask(server: Server, asked: Asked) -> Any:
        accept = deserializer.ACCEPT
        body = serializer.serialize(data(asked))
        answer = server.ask(body, serializer.CONTENT_TYPE, accept if isinstance(accept, str) else ", ".join(accept))
        return deserializer.deserialize(io.BytesIO(answer.content), answer.headers["content-type"])

    return lambda server, asked: values(ask(server, asked))


def mlflow(data: Callable[[Asked], Any]) -> Ask:
    def ask(server: Server, asked: Asked) -> Any:
        given = data(asked)
        server.sent = True
        try:
            answer = ScoringServerClient("127.0.0.1", server.port).invoke(given)
        except Exception as error:
            raise RefusedError(int(str(error).partition("error code ")[2][:3])) from error
        return answer.get_predictions(predictions_format="ndarray")

    return ask


def kserve(codec: Any, data: Callable[[Asked], Any]) -> Ask:
    def ask(server: Server, asked: Asked) -> Any:
        body = codec.encode_request(data(asked)).model_dump_json()
        answer = InferenceResponse.model_validate_json(server.ask(body, "application/json").text)
        return NumpyRequestCodec.decode_response(answer)

    return ask


def plain(content_type: str, body: Callable[[Asked], bytes | str]) -> Ask:
    return lambda server, asked: values(server.ask(body(asked), content_type, "application/json").json())


def values(answer: Any) -> np.ndarray:
    if isinstance(answer, dict | pd.DataFrame):
        answer = answer["predictions"]
    if isinstance(answer, list) and isinstance(answer[0], dict):
        answer = [one["prediction"] for one in answer]
    return np.asarray(answer, dtype=float).reshape(-1)


def svmlight(asked: Asked) -> str:
    """Without what is missing."""
    rows = [enumerate(row) for row in asked.array.astype(float)]
    return "\n".join(
        " ".join(f"{index}:{float(value)!r}" for index, value in row if not np.isnan(value)) for row in rows
    )


def parquet(asked: Asked) -> bytes:
    return asked.rows.rename(index=str).to_parquet()


def arrow(asked: Asked) -> bytes:
    table, stream = pyarrow.Table.from_pandas(asked.rows), io.BytesIO()
    with pyarrow.ipc.new_stream(stream, table.schema) as writer:
        writer.write_table(table)
    return stream.getvalue()


def saved(asked: Asked) -> bytes:
    stream = io.BytesIO()
    np.save(stream, asked.array)
    return stream.getvalue()


def as_objects(asked: Asked) -> pd.DataFrame:
    """Texts as MLServer knows them: it does not know pandas' own type of them."""
    return asked.rows.astype({name: object for name in asked.rows if asked.rows[name].dtype == "str"})


def records(asked: Asked) -> list[Any]:
    return asked.rows.to_dict(orient="records")


SDK = "SageMaker SDK"
FORMS: dict[tuple[str, str], Ask] = {
    (SDK, "`JSONSerializer`, lists"): sagemaker(serializers.JSONSerializer(), lambda of: of.lists),
    (SDK, '`JSONSerializer`, `{"instances": …}`'): sagemaker(
        serializers.JSONSerializer(), lambda of: {"instances": of.lists}
    ),
    (SDK, "`JSONSerializer`, objects"): sagemaker(serializers.JSONSerializer(), records),
    (SDK, "`JSONSerializer`, an array"): sagemaker(serializers.JSONSerializer(), lambda of: of.array),
    (SDK, "`CSVSerializer`, lists"): sagemaker(serializers.CSVSerializer(), lambda of: of.lists),
    (SDK, "`CSVSerializer`, a data frame; `CSVDeserializer`"): sagemaker(
        serializers.CSVSerializer(), lambda of: of.rows, CSV
    ),
    (SDK, '`JSONSerializer`, lists; `PandasDeserializer(accept="application/json")`'): sagemaker(
        serializers.JSONSerializer(), lambda of: of.lists, deserializers.PandasDeserializer(accept="application/json")
    ),
    (SDK, "`JSONLinesSerializer`; `JSONLinesDeserializer`"): sagemaker(
        serializers.JSONLinesSerializer(), lambda of: of.lists, deserializers.JSONLinesDeserializer()
    ),
    (SDK, "`NumpySerializer`; `NumpyDeserializer`"): sagemaker(
        serializers.NumpySerializer(), lambda of: of.array, deserializers.NumpyDeserializer()
    ),
    (SDK, "`SparseMatrixSerializer`"): sagemaker(
        serializers.SparseMatrixSerializer(), lambda of: sparse.csr_matrix(of.array.astype(float))
    ),
    (SDK, "`LibSVMSerializer`; `CSVDeserializer`"): sagemaker(serializers.LibSVMSerializer(), svmlight, CSV),
    (SDK, "`StringSerializer`, a text a line"): sagemaker(
        serializers.StringSerializer(), lambda of: "\n".join(map(str, of.rows.iloc[:, 0]))
    ),
    ("MLflow", "`ScoringServerClient`, a data frame"): mlflow(lambda of: of.rows),
    ("MLflow", "`ScoringServerClient`, an array"): mlflow(lambda of: of.array),
    ("MLflow", "`ScoringServerClient`, objects"): mlflow(records),
    ("KServe v2 (MLServer's codecs)", "`PandasCodec`"): kserve(PandasCodec, as_objects),
    ("KServe v2 (MLServer's codecs)", "`NumpyRequestCodec`"): kserve(NumpyRequestCodec, lambda of: of.array),
    ("pandas", '`to_json(orient="split")`'): plain(
        "application/json", lambda of: of.rows.to_json(orient="split", double_precision=15)
    ),
    ("pandas", '`to_json(orient="records", lines=True)`'): plain(
        "application/jsonlines", lambda of: of.rows.to_json(orient="records", lines=True, double_precision=15)
    ),
    ("pandas", "`to_csv(index=False)`"): plain("text/csv; header=present", lambda of: of.rows.to_csv(index=False)),
    ("pandas", "`to_parquet()`"): plain("application/vnd.apache.parquet", parquet),
    ("pyarrow", "a stream"): plain("application/vnd.apache.arrow.stream", arrow),
}

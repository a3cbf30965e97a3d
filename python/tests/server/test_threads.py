"""Models whose libraries have threads of their own: processes that were forked answer as the model would."""

import json
import os
import signal
from pathlib import Path

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestClassifier
from sklearn.linear_model import LinearRegression
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from xgboost import XGBRegressor

from tests.projects import put_together
from tests.server.conftest import Start
from tests.server.models import save
from tests.serving import Served, until

X = np.random.default_rng(0).normal(size=(3000, 20))
Y = X @ np.arange(20) + np.sin(X[:, 0])


def models(handler: str) -> dict:
    if handler == "xgboost_json":
        return {"xgboost": XGBRegressor(n_estimators=50, n_jobs=-1).fit(X, Y)}
    return {
        "openmp": HistGradientBoostingRegressor(max_iter=30).fit(X, Y),
        "jobs": RandomForestClassifier(20, n_jobs=-1, max_depth=6).fit(X, Y > 0),
        "blas": make_pipeline(PCA(10), KNeighborsRegressor(n_jobs=-1)).fit(X, Y),
        "lapack": LinearRegression(n_jobs=-1).fit(X, Y),
    }


def ask(server: Served, model: object) -> None:
    for rows in (X[:1], X[1:40], X):
        answer = server.invoke(json.dumps(rows.tolist())).predictions
        expected = model.predict(rows)
        if expected.dtype.kind == "f":
            np.testing.assert_allclose(answer, expected, rtol=1e-6 if expected.dtype == np.float32 else 1e-12)
        else:
            assert answer == expected.tolist()


@pytest.mark.parametrize("handler", ["sklearn_pkl", "xgboost_json"])
@pytest.mark.parametrize("threads", [pytest.param("1", marks=pytest.mark.all), "4"])
def test_threads_of_libraries_survive_the_forks_and_the_deaths_of_workers(
    tmp_path: Path, start: Start, threads: str, handler: str
) -> None:
    code = put_together(tmp_path, "fastapi", handler)
    for name, model in models(handler).items():
        folder = save(model, tmp_path / name)
        server = start(code, SM_MODEL_DIR=folder, OMP_NUM_THREADS=threads, OPENBLAS_NUM_THREADS=threads).ready()
        until(lambda server=server: server.metric("server_workers") == 2, "both workers are ready")
        ask(server, model)
        for deaths in (2, 4):
            for pid in server.workers:
                os.kill(pid, signal.SIGKILL)
            until(lambda server=server, deaths=deaths: server.metric("server_worker_deaths_total") == deaths, "dead")
            until(lambda server=server: server.metric("server_workers") == 2, "new workers are ready")
            ask(server, model)
        assert server.stop() == 0

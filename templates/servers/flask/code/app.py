"""Your own routes, in Flask: the server runs what is called app. SageMaker's are answered before they get here.

Each request is a thread of the server's process (how many at once: ml_serving/server/wsgi.py). The model runs in
processes of its own, out of their reach.
"""

from flask import Flask
from werkzeug.exceptions import HTTPException

app = Flask(__name__, static_folder=None)


@app.errorhandler(HTTPException)
def http_error(error: HTTPException) -> tuple[dict[str, str], int]:
    return {"error": error.name}, error.code or 500

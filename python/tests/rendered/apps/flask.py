"""Your own routes, in Flask. SageMaker's are answered before they get here (ml_serving)."""

from asgiref.wsgi import WsgiToAsgi
from flask import Flask
from werkzeug.exceptions import HTTPException

app = Flask(__name__, static_folder=None)
# What the server runs.
asgi_app = WsgiToAsgi(app)


@app.errorhandler(HTTPException)
def http_error(error: HTTPException) -> tuple[dict[str, str], int]:
    return {"error": error.name}, error.code or 500

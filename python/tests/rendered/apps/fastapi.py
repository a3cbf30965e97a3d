"""Your own routes, in FastAPI: the server runs what is called app. SageMaker's are answered before they get here.

`async def` routes run on the server's event loop, and one that blocks it blocks /ping too; `def` routes run in threads.
The model runs in processes of its own, out of their reach.
"""

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

app = FastAPI(redirect_slashes=False)


@app.exception_handler(HTTPException)
async def http_error(_: Request, error: HTTPException) -> JSONResponse:
    return JSONResponse({"error": str(error.detail)}, error.status_code, error.headers)

"""MLServer's runtime for scikit-learn, with SageMaker's two paths by its decorator for routes of one's own."""

from fastapi import Request, Response
from mlserver import types
from mlserver.handlers import custom_handler
from mlserver_sklearn import SKLearnModel


class Iris(SKLearnModel):
    @custom_handler(rest_path="/ping", rest_method="GET")
    async def ping(self, request: Request) -> Response:
        return Response(status_code=200 if self.ready else 503)

    @custom_handler(rest_path="/invocations")
    async def invocations(self, request: Request) -> Response:
        inference = types.InferenceRequest.model_validate_json(await request.body())
        answer = await self.predict(inference)
        return Response(answer.model_dump_json(), media_type="application/json")

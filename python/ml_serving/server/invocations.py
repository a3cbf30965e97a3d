"""POST /invocations: to the model and back, with a line in the log and in the metrics."""

from time import monotonic

from ml_serving.errors import RequestError
from ml_serving.logs import AccessLog
from ml_serving.server.jobs import Answer, Job, echoed
from ml_serving.server.models import Models
from ml_serving.server.request import Request

# By which the caller finds the request again.
INFERENCE_ID = b"x-amzn-sagemaker-inference-id"


class Invocations:
    def __init__(self, models: Models) -> None:
        self._models = models
        self._log = AccessLog()
        self._count = 0

    def invoke(self, request: Request, model: str) -> None:
        self._count += 1
        number = self._count

        def done(answer: Answer, queued: float, predicting: float) -> None:
            finish(job, answer)
            total = monotonic() - request.arrived
            self._models.metrics.answers[answer.status] += 1
            self._models.metrics.seconds.add(total)
            if self._log.takes(answer.status):
                self._log.add(
                    answer.status,
                    {
                        "request": number,
                        "inference_id": request.header(INFERENCE_ID),
                        "model": model or None,
                        "content_type": request.header(b"content-type"),
                        "rows": answer.rows,
                        "queue_ms": round(queued * 1000, 3),
                        "predict_ms": round(predicting * 1000, 3),
                        "total_ms": round(total * 1000, 3),
                    },
                )

        job = Job(request, done)
        try:
            self._models.submit(model, job)
        except RequestError as error:
            job.fail(error.status, error.message)

    def refuse(self, request: Request, status: int, message: str) -> None:
        """A request that never got as far as to the model: counted and logged as well."""
        request.refuse(status, message)
        self._models.metrics.answers[status] += 1
        if self._log.takes(status):
            self._log.add(status, {"reason": message})


def finish(job: Job, answer: Answer) -> None:
    """Sends the answer, or ends one whose parts were sent: there, the status says how."""
    if job.request.gone:
        return
    if job.begun:
        return job.request.end() if answer.status == 200 else job.request.abort()
    headers = echoed(job.request)
    if answer.status == 503:
        headers += b"Retry-After: 1\r\n"
    job.request.answer(answer.status, answer.body, answer.content_type, headers)

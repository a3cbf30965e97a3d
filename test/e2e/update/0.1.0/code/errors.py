"""The ways in which this server says no."""


class ModelError(Exception):
    """The model cannot be loaded: one line for the log, and the container stops."""


class AppError(Exception):
    """app.py cannot be imported: as above."""


class RequestError(Exception):
    """A request cannot be answered: an HTTP status and one sentence for the caller.

    SageMaker passes on the status and at most 2048 characters.
    """

    def __init__(self, status: int, message: str) -> None:
        self.status = status
        self.message = message[:1000]
        super().__init__(self.message)


def first_line(error: BaseException) -> str:
    """An exception's own words without the rest, which some libraries fill pages with."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0][:300] if lines else type(error).__name__

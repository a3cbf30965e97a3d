"""A value that is none of its column."""


class UnfitError(ValueError):
    """row: where in the column (from 0)."""

    def __init__(self, row: int, what: str) -> None:
        self.row = row
        super().__init__(what)


class MisfitError(ValueError):
    """The same in a request. row, column: of it (from 0)."""

    def __init__(self, row: int, column: int, what: str) -> None:
        self.row = row
        self.column = column
        super().__init__(what)

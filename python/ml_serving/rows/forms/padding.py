"""Blanks around the values of CSV whose header has blanks around its names: the writer's, or the training's?"""

from collections.abc import Iterator, Sequence

from ml_serving.errors import RequestError
from ml_serving.rows.columns.schema import Column
from ml_serving.rows.features import Features
from ml_serving.rows.forms.fields import reader_of


def without_padding(
    lines: Iterator[list[str]], names: Sequence[str], features: Features
) -> Iterator[list[str]]:
    """Rows without the blanks around their values that are the writer's. names: of the header, as the model has them.
    Raises RequestError where they may be the value's own."""
    place = {name: index for index, name in enumerate(features.names or names)}
    columns = [features.column(place.get(name, at)) for at, name in enumerate(names)]
    for number, row in enumerate(lines, start=1):
        if len(row) == len(columns):
            yield [
                cell
                if cell == (bare := cell.strip())
                else decided(cell, bare, column, f"row {number}, feature {name!r}")
                for cell, column, name in zip(row, columns, names, strict=True)
            ]
        else:
            yield row


def decided(cell: str, bare: str, column: Column, where: str) -> str:
    levels = [one for one in column.categories or () if isinstance(one, str)]
    if levels:
        # What the training had of them tells.
        return cell if any(one != one.strip() for one in levels) else bare
    read = reader_of(column)
    if column.is_date or read(cell) == read(bare):
        return bare
    raise RequestError(
        400,
        f"{where}: {cell!r} has blanks around it, as names in the header do that the model has without: nothing tells "
        "whether it was trained with those of the values. Send the names as the model has them, and then values are "
        "taken as they stand",
    )

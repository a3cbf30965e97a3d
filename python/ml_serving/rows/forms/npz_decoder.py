"""scipy.sparse.save_npz's format becomes rows. It is a zip file, and may hold far more than its size, or claim to."""

import io
import zipfile
import zlib
from collections.abc import Mapping

import numpy as np

from ml_serving.errors import RequestError, first_line
from ml_serving.rows.columns.table import Array, Rows
from ml_serving.rows.features import Features
from ml_serving.rows.forms.decoders import read_npy
from ml_serving.rows.forms.lengths import check_size, wrong_length
from ml_serving.settings import settings

# The arrays of each format of matrices, beside data.
PARTS = {
    "csr": ("indices", "indptr"),
    "csc": ("indices", "indptr"),
    "bsr": ("indices", "indptr"),
    "coo": ("row", "col"),
    "dia": ("offsets",),
}


def decode_npz(body: bytes, parameters: Mapping[str, str], features: Features) -> Rows:
    """Takes and returns what every decoder does (see decoders.py). What the matrix leaves out is zero, or missing to a
    model that takes it for that."""
    if features.absent is None:
        raise RequestError(
            415,
            "whether what a sparse matrix leaves out is zero or missing differs between the parts of this model: send "
            "application/x-npy",
        )
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            made = matrix(archive, features.count, features.absent)
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        OSError,
        # Places outside of the file.
        ValueError,
        OverflowError,
        # Encrypted, or compressed in other ways.
        RuntimeError,
    ) as error:
        raise not_sparse("the body is no NPZ file") from error
    return features.numbers(made)


def takes_sparse(features: Features) -> bool:
    """Numbers, of which it is known what is left out."""
    return features.absent is not None and not features.is_text


def matrix(archive: zipfile.ZipFile, count: int | None, absent: float) -> Array:
    """(rows, count) values. Raises RequestError."""
    # Imported here: only such requests need it.
    from scipy import sparse

    kind = name_of_format(archive)
    size = part(archive, "shape")
    right = size.shape == (2,) and size.dtype.kind in "iu"
    shape: list[int] = size.tolist() if right else []
    if not shape or min(shape) < 0:
        raise not_sparse("it has no shape of rows and columns")
    if count is not None and shape[1] != count:
        raise wrong_length(1, shape[1], count)
    check_size(shape[0], shape[1])
    data, *places = (part(archive, name) for name in ("data", *PARTS[kind]))
    numbers = data.dtype.kind in "biuf" and data.dtype != np.float16
    if not numbers or any(one.dtype.kind not in "iu" for one in places):
        raise not_sparse("its values are no numbers of 8 to 64 bits")
    given = (data, tuple(places)) if kind == "coo" else (data, *places)
    try:
        made = getattr(sparse, f"{kind}_matrix")(given, shape=shape)
        if kind in ("csr", "csc", "bsr"):
            made.check_format(full_check=True)
        values = made.tocoo()
        values.sum_duplicates()
    except (ValueError, TypeError, IndexError, OverflowError) as error:
        raise not_sparse(first_line(error)) from error
    if absent == 0:
        return values.toarray()
    filled = np.full(shape, absent)
    filled[values.row, values.col] = values.data
    return filled


def name_of_format(archive: zipfile.ZipFile) -> str:
    name = part(archive, "format")
    kind = bytes(name).decode("latin-1") if name.dtype.kind == "S" else ""
    if kind not in PARTS:
        raise not_sparse(f"its format is {kind[:20]!r}, not one of {', '.join(PARTS)}")
    return kind


def part(archive: zipfile.ZipFile, name: str) -> Array:
    try:
        found = archive.getinfo(f"{name}.npy")
    except KeyError as error:
        raise not_sparse(f"it lacks {name}.npy") from error
    # The archive reads no more than it claims here.
    if found.file_size > settings.max_body_bytes:
        raise RequestError(
            413, f"{name}.npy unpacks to more than {settings.max_body_bytes} bytes"
        )
    return read_npy(archive.read(found), f"{name}.npy", "biufS")


def not_sparse(why: str) -> RequestError:
    return RequestError(
        400, f"expected a sparse matrix, as scipy.sparse.save_npz writes it: {why}"
    )

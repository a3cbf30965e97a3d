"""What a file is, by its first bytes: endings lie, and nothing in a file is run to find out.

The generator looks at files by the same table (see facts.py), so its patterns are such as
JavaScript reads too.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from ml_serving.errors import ModelError

# Of a file, this is looked at.
HEAD_BYTES = 4096


class FileKind(NamedTuple):
    """pattern: of the first bytes, each as the character of its number (Latin-1).
    words: what such a file is; where none can be served, with what to do."""

    name: str
    pattern: str
    words: str


COMPRESSED = "a compressed file: unpack it, and give what is in it"

# The first that fits is it.
FILE_KINDS = (
    FileKind(
        "empty",
        r"(?![\s\S])",
        "an empty file: copy the model again, or save it again",
    ),
    FileKind(
        "git-lfs",
        "version https://git-lfs",
        "a pointer of Git LFS, not the file that it stands for: `git lfs pull` brings that",
    ),
    FileKind(
        "html",
        r"\s*<(?:![dD]|[hH][tT][mM][lL]|[hH][eE][aA][dD])",
        "a web page (HTML), as a download that went wrong leaves it: download the file itself",
    ),
    FileKind("xgboost-ubj", r"\{L\0{4}", "a model of XGBoost, as save_model writes it"),
    FileKind(
        "xgboost-json",
        r'\s*\{\s*"(?:learner|version)"\s*:',
        "a model of XGBoost, as save_model writes it",
    ),
    FileKind(
        "xgboost-dump",
        r'booster\[\d+\]:|digraph |\s*\[\s*\{\s*"nodeid"',
        "a dump of XGBoost's trees, as dump_model writes it for people to read, and no model",
    ),
    FileKind(
        "xgboost-binary",
        # With its mark, or by what follows the numbers at its start: the names of the objective and of the booster.
        r"binf|bs64|[\s\S]{136}[\s\S]\0{7}[\w:]{3,40}[\x04\x06\x08]\0{7}(?:dart|gbtree|gblinear)",
        "a model in XGBoost's old binary format, which XGBoost 3.1 and later cannot read",
    ),
    FileKind(
        "lightgbm",
        r"tree\r?\nversion=",
        "a model of LightGBM, as Booster.save_model writes it: pickle the estimator itself (LGBMClassifier …), and add lightgbm to requirements.txt",
    ),
    # Of the oldest protocols: a function or a class, or a container.
    FileKind(
        "pickle",
        r"\x80[\x02-\x05]|c[\w.]+\n\w+\n|\([dlc]|[\]}]q",
        "a pickle",
    ),
    FileKind(
        "torch",
        r"PK\x03\x04[\s\S]{26}[^\0/]+/data\.pkl",
        "a file of torch.save, which is not served: a model of transformers is, saved by save_pretrained",
    ),
    FileKind("zip", r"PK\x03\x04", "a zip archive"),
    FileKind(
        "tar", r"[\s\S]{257}ustar", "a tar archive: unpack it, and give what is in it"
    ),
    FileKind("zlib", r"x[\x01\x5e\x9c\xda]", COMPRESSED),
    FileKind("gzip", r"\x1f\x8b", COMPRESSED),
    FileKind("compressed", r"BZh|\xfd7zXZ|\x5d\0\0|\x04\x22\x4d\x18", COMPRESSED),
    FileKind(
        "npy",
        r"\x93NUMPY",
        "an array of numpy (numpy.save), not a model: save the fitted model itself",
    ),
    FileKind(
        "hdf5",
        r"\x89HDF\r\n",
        "an HDF5 file, as Keras writes models, whose libraries this project does not have",
    ),
    FileKind(
        "parquet",
        "PAR1",
        "a table (Parquet), not a model: save the fitted model itself",
    ),
    FileKind("xml", r"\s*<\?xml", "XML, such as PMML, which is not served"),
    FileKind("json", r"\s*[\[{]", "JSON, but no model"),
    FileKind(
        "text", r"[\t\n\r\x20-\x7e\x80-\xff]+(?![\s\S])", "plain text, not a model"
    ),
)

# How pickle names a class or function: its module and its name, in newer and in older protocols.
# They have 255 bytes at most in the newer ones: without that, a file of many letters would be searched from each of them.
NAMED_IN_PICKLE = r"\x8c[\s\S]([\w.]{1,255})\x94?\x8c[\s\S](\w{1,255})\x94?\x93|c([\w.]{1,255})\n(\w{1,255})\n"
# A pickle whose first object is an instance of one.
PICKLED_CLASS = rf"(?:\x80[\x02-\x05])?(?:\x95[\s\S]{{8}})?(?:ccopy_reg\n_reconstructor\n(?:[pq][\s\S]\n?)?\()?(?:{NAMED_IN_PICKLE})"


def kind_of(path: Path) -> FileKind | None:
    """None where it is none of these."""
    start = head(path)
    return next((one for one in FILE_KINDS if re.match(one.pattern, start)), None)


def head(path: Path) -> str:
    """A file's first bytes, each as the character of its number."""
    with path.open("rb") as file:
        return file.read(HEAD_BYTES).decode("latin-1")


def pickled_class(path: Path) -> str:
    """Such as sklearn.pipeline.Pipeline; nothing where a pickle does not begin with it."""
    found = re.match(PICKLED_CLASS, head(path))
    return ".".join(filter(None, found.groups())) if found else ""


def refuse_others(path: Path, reads: str, advice: Mapping[str, str]) -> None:
    """Raises ModelError for a file that is known to be nothing that can be read.

    reads: the kinds that can, with blanks between. advice: what to do with some others (see
    advised).
    """
    kind = kind_of(path)
    if kind is not None and kind.name not in reads.split():
        raise ModelError(f"cannot read {path}: it is {advised(path, kind, advice)}")


def advised(path: Path, kind: FileKind, advice: Mapping[str, str]) -> str:
    """What a file is, and what to do. Advice is by kinds, of pickles also with the package
    that they begin with, and may name the {file}."""
    pickled = pickled_class(path) if kind.name == "pickle" else ""
    of_package = f"{kind.name} {pickled.partition('.')[0]}"
    further = advice.get(of_package, advice.get(kind.name))
    what = f"{kind.words} of {pickled}" if pickled else kind.words
    return f"{what}: {further.replace('{file}', path.name)}" if further else kind.words

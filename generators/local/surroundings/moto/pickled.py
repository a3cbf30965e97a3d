"""Pickles what moto knows: locks are made anew, and large objects of S3 are files of their own."""

import io
import pickle
import shutil
import threading
import uuid
from pathlib import Path

from moto.s3.models import FakeKey

# Bytes of an object in S3 that go into a file of their own.
LARGE = 1 << 16
LOCKS = (type(threading.Lock()), type(threading.RLock()))


class Pickler(pickle.Pickler):
    """With locks made anew, and large objects of S3 by the name of their file."""

    def __init__(self, file: io.BytesIO, folder: Path) -> None:
        super().__init__(file)
        self.folder = folder
        self.named: set[str] = set()

    def reducer_override(self, obj):
        if isinstance(obj, LOCKS):
            return (threading.Lock if isinstance(obj, LOCKS[0]) else threading.RLock), ()
        if not isinstance(obj, FakeKey) or obj.contentsize <= LARGE or obj.disposed:
            return NotImplemented
        name = self.in_file(obj)
        self.named.add(name)
        state = {name: value for name, value in obj.__dict__.items() if name not in ("_value_buffer", "lock")}
        return (
            FakeKey.__new__,
            (FakeKey,),
            (state, str(self.folder), name),
            None,
            None,
            restore,
        )

    def in_file(self, key: FakeKey) -> str:
        """The name of the file that holds an object, which from now on is read from there."""
        buffer = key._value_buffer
        if not isinstance(buffer, Stored):
            path = self.folder / uuid.uuid4().hex
            buffer.seek(0)
            with path.open("wb") as file:
                shutil.copyfileobj(buffer, file, 1 << 20)
            buffer.close()
            key._value_buffer = buffer = Stored(path)
        return buffer.path.name


class Stored:
    """What an object of S3 holds, in the place of moto's buffer: its file is open only while it is read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.at = 0
        self.closed = False

    def seek(self, at: int) -> None:
        self.at = at

    def read(self, size: int = -1) -> bytes:
        if self.closed:
            # As moto's buffer: of what was deleted it keeps no content.
            raise ValueError("closed")
        with self.path.open("rb") as file:
            file.seek(self.at)
            content = file.read(size)
        self.at += len(content)
        return content

    def close(self) -> None:
        """Its file goes once nothing that is written names it."""
        self.closed = True


def restore(key: FakeKey, state: tuple[dict[str, object], str, str]) -> None:
    attributes, folder, name = state
    key.__dict__.update(attributes)
    key.lock = threading.Lock()
    key._value_buffer = Stored(Path(folder) / name)

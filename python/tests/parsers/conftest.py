"""The machine of the tests of starts."""

from tests.start.conftest import engine, machine

__all__ = ["engine", "machine"]

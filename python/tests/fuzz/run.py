"""python -m tests.fuzz.run MODULE TARGET FOLDER [OPTION …]: libFuzzer, guided by what its inputs reach in ml_serving.

MODULE: of tests.fuzz, with the target. FOLDER: with inputs to begin with; what reaches more is put there. OPTION: of
libFuzzer.
"""

import importlib
import sys

import atheris

with atheris.instrument_imports(include=["ml_serving"]):
    module, name, *options = sys.argv[1:]
    target = importlib.import_module(f"tests.fuzz.{module}").TARGETS[name]
    from tests.fuzz.targets import tried

atheris.Setup([sys.argv[0], *options], lambda data: tried(target, data))
atheris.Fuzz()

"""What all tests share."""

from hypothesis import settings

# How long a test takes depends on what else runs on the machine.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

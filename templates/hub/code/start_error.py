"""How the start says no."""


class StartError(Exception):
    """Why the container cannot start, and what to do: one message for the log."""

"""How a container starts whose model an engine serves."""

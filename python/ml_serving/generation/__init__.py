"""Models of transformers that continue texts, token by token."""

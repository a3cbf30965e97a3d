"""Models of transformers that answer after one pass over a text."""

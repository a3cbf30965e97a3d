"""Loading models of transformers."""

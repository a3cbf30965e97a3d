"""vLLM, called."""

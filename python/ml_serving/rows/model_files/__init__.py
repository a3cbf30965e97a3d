"""Files of models: which there are, what they are, and why one cannot be read."""

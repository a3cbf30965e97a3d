"""The forms in which rows come in, and predictions go out."""

"""Models of rows: each row of values has its prediction."""

"""The process that speaks HTTP. It never touches the model."""

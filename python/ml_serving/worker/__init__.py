"""The processes that hold the model: what all kinds of models share."""

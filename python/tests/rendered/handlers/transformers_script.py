"""What inference.py leaves out: how the model is loaded, and what its pipeline is asked.

ml_serving/scripts/adapter.py says what the server asks of SCRIPT.
"""

from ml_serving.pretrained.scripted import scripted_pipeline

# Settings of the server are those for models that answer after one pass over a text.
KIND = "texts"
# What inference.py has of model_fn, input_fn, predict_fn, output_fn and transform_fn is called; the rest is done as the
# Hugging Face inference toolkit does it, with a pipeline of transformers for this task.
SCRIPT = scripted_pipeline("text-classification")

"""Where a model of transformers comes from: SageMaker's download, or the Hugging Face Hub."""

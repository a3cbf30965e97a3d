"""Serves inference.py: a script written for the containers of AWS and of Hugging Face."""

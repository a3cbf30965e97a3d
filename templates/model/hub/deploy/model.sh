# shellcheck shell=bash
# Sourced by deploy.sh. The container gets the model from the Hub itself, by HF_MODEL_ID in CONTAINER_ENVIRONMENT.
export MODEL_DATA=

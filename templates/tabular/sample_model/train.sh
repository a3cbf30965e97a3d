#!/usr/bin/env bash
# Trains the sample model into model/, and writes requests for it.
[ -n "${BASH_VERSION:-}" ] || exec bash "$0" "$@" # where sh is asked to run it
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# shellcheck source=../local_env.sh
. ./local_env.sh
echo "installing sample_model/requirements.txt into .venv, what of it is not there ..."
pip install --quiet --disable-pip-version-check --requirement sample_model/requirements.txt
python sample_model/train.py

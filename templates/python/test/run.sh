#!/usr/bin/env bash
# Tests the handler and the server with the model in model/.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# shellcheck source=../local_env.sh
. ./local_env.sh
pip install --quiet --disable-pip-version-check --requirement test/requirements.txt
exec pytest test "$@"

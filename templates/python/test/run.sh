#!/usr/bin/env bash
# Tests the handler and the server with the model in model/.
[ -n "${BASH_VERSION:-}" ] || exec bash "$0" "$@" # where sh is asked to run it
set -euo pipefail
# Where CDPATH is set, cd may end in another project's folder.
unset CDPATH
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# shellcheck source=../local_env.sh
. ./local_env.sh
echo "installing test/requirements.txt into .venv, what of it is not there ..."
pip install --quiet --disable-pip-version-check --requirement test/requirements.txt
exec pytest test "$@"

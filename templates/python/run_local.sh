#!/usr/bin/env bash
# Runs the server on this machine, without Docker: ./run_local.sh [PORT]. Ctrl-C stops it.
[ -n "${BASH_VERSION:-}" ] || exec bash "$0" "$@" # where sh is asked to run it
set -euo pipefail

# shellcheck source=local_env.sh
. "$(dirname "${BASH_SOURCE[0]}")/local_env.sh"
export SAGEMAKER_BIND_TO_PORT="${1:-8080}"
# Nobody but this machine reaches it, unless asked for with SERVER_HOST=0.0.0.0.
export SERVER_HOST="${SERVER_HOST:-127.0.0.1}"
export SM_MODEL_DIR="${SM_MODEL_DIR:-$PWD/model}"
exec code/serve serve

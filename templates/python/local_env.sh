# shellcheck shell=bash
# Source this (`. ./local_env.sh`): the server's packages in a virtual environment, .venv.
# PYTHON names the interpreter to make it with.

cd "$(dirname "${BASH_SOURCE[0]}")" || return

if ! "${PYTHON:-python3}" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
  echo "local_env.sh: ${PYTHON:-python3} is not Python 3.11 or newer; set PYTHON to one that is" >&2
  return 1
fi
if [[ ! -x .venv/bin/python ]]; then
  "${PYTHON:-python3}" -m venv .venv
fi
# shellcheck source=/dev/null
. .venv/bin/activate
# Installed again only after requirements.txt has changed.
if ! cmp -s requirements.txt .venv/installed.txt; then
  echo "installing requirements.txt into .venv ..."
  pip install --quiet --disable-pip-version-check --requirement requirements.txt
  cp requirements.txt .venv/installed.txt
fi

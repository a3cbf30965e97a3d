# shellcheck shell=bash
# Sourced by upload_to_s3.sh: the model is yours to bring.

# Of sentence-transformers, config.json may lie in a folder below.
[[ -f model/config.json || -f model/modules.json ]] \
  || fail "model/ holds no config.json: copy the files there that save_pretrained wrote"

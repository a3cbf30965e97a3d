# shellcheck shell=bash
# Sourced by upload_to_s3.sh: the model is yours to bring.

[[ -f model/config.json ]] \
  || fail "model/ holds no config.json: copy the files there that save_pretrained wrote"

# shellcheck shell=bash
# Sourced by upload_to_s3.sh: downloads the model from the Hugging Face Hub to model/, as far as it is not there yet.

need hf "pip install --upgrade huggingface_hub"

# The token, for models that ask for one, is that of `hf auth login` or HF_TOKEN.
download() {
  hf download "$HUB_MODEL" --revision "$HUB_REVISION" --local-dir model "$@" \
    || fail "cannot download $HUB_MODEL at $HUB_REVISION: where it asks for a token, sign in with hf auth login, and agree
to the model's terms on https://huggingface.co/$HUB_MODEL"
}

exclude=()
for pattern in "${NOT_NEEDED[@]}" "${BESIDE_SAFETENSORS[@]}"; do
  exclude+=(--exclude "$pattern")
done
download "${exclude[@]}"
if ! compgen -G 'model/*.safetensors' >/dev/null; then
  include=()
  for pattern in "${BESIDE_SAFETENSORS[@]}"; do
    include+=(--include "$pattern")
  done
  download "${include[@]}"
fi

# Of sentence-transformers, config.json may lie in a folder below.
[[ -f model/config.json || -f model/modules.json ]] \
  || fail "$HUB_MODEL holds no config.json: it is no model of transformers"

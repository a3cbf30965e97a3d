#!/usr/bin/env bash
# Uploads the model's files as they are, to a place in S3 that is named after their contents.
# Run again after an interruption, it sends what is still missing.
[ -n "${BASH_VERSION:-}" ] || exec bash "$0" "$@" # where sh is asked to run it
set -euo pipefail
# shellcheck source=common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
# shellcheck source=bucket.sh
. deploy/bucket.sh
echo "Account $ACCOUNT, region $AWS_REGION, bucket $BUCKET"
# shellcheck source=links.sh
. deploy/links.sh
# shellcheck source=model_files.sh
. deploy/model_files.sh
# shellcheck source=get_model.sh
. deploy/get_model.sh
# shellcheck source=/dev/null
[[ ! -e deploy/get_adapters.sh ]] || . deploy/get_adapters.sh

work=$(mktemp -d)
clean_up() { rm -rf "$work"; }
# shellcheck disable=SC2034 # common.sh reads it
at_exit=clean_up

refuse_links_out model
# What is left out would be fetched at each start, and never read.
find_needed -type f >"$work/files"
# Links that are followed and still are links lead to nothing.
broken=$(find_needed -type l)
[[ -z $broken ]] || fail "model/ holds links to files that are not there; bring them, or delete the links:
$broken"
pointers=$(find_needed -type f -size -2 -exec grep -qF 'version https://git-lfs.github.com/spec/' {} \; -print)
[[ -z $pointers ]] || fail "model/ holds pointers of Git LFS in place of files; git lfs pull fetches those:
$pointers"
grep -qE '^[^/]*\.(safetensors|bin)$' "$work/files" \
  || fail "model/ holds no weights: *.safetensors, or pytorch_model*.bin"

# Links, which are followed: a tree of just these files, and of the LoRA adapters.
link() {
  mkdir -p "$(dirname "$work/model/$2")"
  ln -s "$PWD/$1" "$work/model/$2"
}
while IFS= read -r file; do
  link "model/$file" "$file"
done <"$work/files"
if [[ -d adapters ]]; then
  refuse_links_out adapters
  find -L adapters -type f -not -path '*/.*' \( -name adapter_config.json -o -name 'adapter_model.*' \) >"$work/adapters"
  while IFS= read -r file; do
    link "$file" "$file"
    echo "$file" >>"$work/files"
  done <"$work/adapters"
fi

sha256=(sha256sum)
command -v sha256sum >/dev/null || sha256=(shasum -a 256)
echo "Reading the $(($(wc -l <"$work/files"))) files of the model ..."
(cd "$work/model" && tr '\n' '\0' <"$work/files" | xargs -0 -n 1 -P 4 "${sha256[@]}") \
  | LC_ALL=C sort -k 2 >"$work/manifest"
# Other contents go to another place: running endpoints fetch theirs again when they scale out.
place=$PROJECT/model-$("${sha256[@]}" <"$work/manifest" | cut -c 1-16)

: >"$work/local"
while IFS= read -r file; do
  printf '%d\t%s\n' "$(wc -c <"$work/model/$file")" "$place/$file" >>"$work/local"
done <"$work/files"

make_bucket
# S3 checks what arrives against the checksum that the AWS CLI sends with each part. An object is there as a whole or
# not at all, and in this place has these contents: its size is enough to tell.
aws s3 sync --no-progress --size-only "$work/model" "s3://$BUCKET/$place"
aws s3api list-objects-v2 --bucket "$BUCKET" --expected-bucket-owner "$ACCOUNT" --prefix "$place/" \
  --query 'Contents[].[Size, Key]' --output text | LC_ALL=C sort >"$work/stored"
LC_ALL=C sort "$work/local" | diff - "$work/stored" >"$work/differences" \
  || fail "s3://$BUCKET/$place/ is not what model/ holds (< is here, > is there; sizes in bytes):
$(grep '^[<>]' "$work/differences")
Delete what does not belong there, and run this again"

# Written last, and beside them: deploy.sh takes a model whose list is there.
aws s3 cp --only-show-errors "$work/manifest" "s3://$BUCKET/$place.sha256"

echo "Uploaded s3://$BUCKET/$place/"
echo "Next: deploy/deploy.sh"

#!/usr/bin/env bash
# Packs the files in model/ into a model.tar.gz, and uploads it.
[ -n "${BASH_VERSION:-}" ] || exec bash "$0" "$@" # where sh is asked to run it
set -euo pipefail
# shellcheck source=common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
# shellcheck source=bucket.sh
. deploy/bucket.sh
echo "Account $ACCOUNT, region $AWS_REGION, bucket $BUCKET"
# shellcheck source=links.sh
. deploy/links.sh

work=$(mktemp -d)
clean_up() { rm -rf "$work"; }
# shellcheck disable=SC2034 # common.sh reads it
at_exit=clean_up

mkdir -p model
refuse_links_out model
# shellcheck source=contents.sh
. deploy/contents.sh
list_files >"$work/files"
# A clone has the description of the columns alone: git keeps no model.
model=$(tr '\0' '\n' <"$work/files" | sed '/^\.\/input_schema\.json$/d')
if [[ -z $model ]]; then
  how="copy the model there"
  [[ ! -e sample_model/train.sh ]] || how="run sample_model/train.sh, or $how"
  fail "model/ holds no model: $how first"
fi
# The files lie at the archive's root: SageMaker unpacks it into /opt/ml/model.
COPYFILE_DISABLE=1 tar -C model -h -czf "$work/model.tar.gz" --null -T "$work/files"

make_bucket
# Other contents go to another place: running endpoints fetch theirs again when they scale out.
contents=$(hash_contents <"$work/files")
target=s3://$BUCKET/$PROJECT/model-$contents.tar.gz
aws s3 cp --only-show-errors "$work/model.tar.gz" "$target"

echo "Uploaded $target"
echo "Next: deploy/deploy.sh"

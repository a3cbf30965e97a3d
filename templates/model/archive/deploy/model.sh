# shellcheck shell=bash
# Sourced by deploy.sh: finds the newest model that was uploaded.
# shellcheck source=bucket.sh
. deploy/bucket.sh

# In JSON, since the AWS CLI applies a query to each page by itself when it prints text.
# shellcheck disable=SC2016 # the backquotes are of the query
key=$(unless NoSuchBucket \
  aws s3api list-objects-v2 --bucket "$BUCKET" --expected-bucket-owner "$ACCOUNT" \
  --prefix "$PROJECT/model-" --query 'max_by(Contents || `[]`, &LastModified).Key' --output json | tr -d '"')
[[ ${key:-null} != null ]] || fail "no model in s3://$BUCKET/$PROJECT/: run deploy/upload_to_s3.sh first"
refuse_other_region
formed "the newest model" "$key" "$PROJECT/model-([0-9a-f]{12}|[0-9]{8}-[0-9]{6})[.]tar[.]gz"

# In a clone there is no model, and what was made by hand may have been uploaded from elsewhere.
# shellcheck source=contents.sh
. deploy/contents.sh
if [[ -d model && $(list_files | tr '\0' '\n' | grep -vxF ./input_schema.json | head -n 1) ]]; then
  contents=$(list_files | hash_contents)
  [[ $key == */model-$contents.tar.gz ]] \
    || echo "$(basename "$0"): the model in model/ is not the newest that was uploaded, which is deployed: deploy/upload_to_s3.sh uploads it" >&2
fi
export MODEL_DATA="\"ModelDataUrl\": \"s3://$BUCKET/$key\""

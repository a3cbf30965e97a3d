# shellcheck shell=bash
# Sourced by model.sh: the bucket in which the model lies, and its key there.

formed MODEL_URI "$MODEL_URI" 's3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/[^"\\[:cntrl:]]+'
key=${MODEL_URI#s3://}
bucket=${key%%/*}
key=${key#*/}
region=$(bucket_region "$bucket") \
  || fail "cannot look into the bucket of $MODEL_URI: is its name right, and may you read it?"
[[ $region == "$AWS_REGION" ]] \
  || fail "$MODEL_URI lies in $region, but an endpoint in $AWS_REGION takes models of its own region only: copy it to a
bucket there, and set MODEL_URI in deploy/settings.sh"
export bucket key

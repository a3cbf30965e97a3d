# shellcheck shell=bash
# Sourced by model.sh: the bucket in which the model lies, and its key there.

formed MODEL_URI "$MODEL_URI" 's3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/[^"\\[:cntrl:]]+'
key=${MODEL_URI#s3://}
bucket=${key%%/*}
key=${key#*/}
# The second way is for a bucket of another account that lets one list it, and no more.
region=$(aws s3api get-bucket-location --bucket "$bucket" --query LocationConstraint --output text 2>/dev/null \
  || aws s3api head-bucket --bucket "$bucket" --query BucketRegion --output text) \
  || fail "cannot look into the bucket of $MODEL_URI: is its name right, and may you read it?"
# Names that older regions have there.
case $region in
  None) region=us-east-1 ;;
  EU) region=eu-west-1 ;;
esac
[[ $region == "$AWS_REGION" ]] \
  || fail "$MODEL_URI lies in $region, but an endpoint in $AWS_REGION takes models of its own region only: copy it to a
bucket there, and set MODEL_URI in deploy/settings.sh"
export bucket key

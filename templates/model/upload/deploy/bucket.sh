# shellcheck shell=bash
# Sourced by the scripts beside it: the bucket that uploads go to.

BUCKET=${MODEL_BUCKET:-sagemaker-$AWS_REGION-$ACCOUNT}
export BUCKET

# The bucket's name can be guessed: what another account made under it gets no model of ours.
make_bucket() {
  local error
  if ! error=$(aws s3api head-bucket --bucket "$BUCKET" --expected-bucket-owner "$ACCOUNT" 2>&1); then
    [[ $error == *"(404)"* ]] || fail "the bucket $BUCKET is not to be used: ${error#$'\n'}"
    aws s3 mb "s3://$BUCKET"
    aws s3api put-public-access-block --bucket "$BUCKET" --public-access-block-configuration \
      BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true
  fi
}

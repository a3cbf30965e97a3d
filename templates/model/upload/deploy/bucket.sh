# shellcheck shell=bash
# Sourced by the scripts beside it: the bucket that uploads go to.

BUCKET=${MODEL_BUCKET:-sagemaker-$AWS_REGION-$ACCOUNT}
formed "the bucket for models" "$BUCKET" '[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]'
export BUCKET

# The bucket's name can be guessed: what another account made under it gets no model of ours.
make_bucket() {
  local error
  # Its own part alone: who may upload need not see what else lies in the bucket.
  if ! error=$(aws s3api list-objects-v2 --bucket "$BUCKET" --expected-bucket-owner "$ACCOUNT" \
    --prefix "$PROJECT_NAME/" --max-items 1 2>&1); then
    [[ $error == *"(NoSuchBucket)"* ]] || fail "the bucket $BUCKET is not to be used: ${error#$'\n'}"
    aws s3 mb "s3://$BUCKET"
    aws s3api put-public-access-block --bucket "$BUCKET" --public-access-block-configuration \
      BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true
  fi
}

# shellcheck shell=bash
# Sourced by the scripts beside it: the bucket that uploads go to.

BUCKET=${MODEL_BUCKET:-sagemaker-$AWS_REGION-$ACCOUNT}
formed "the bucket for models" "$BUCKET" '[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]'
export BUCKET

# Where it cannot be told, SageMaker refuses a bucket of another region itself.
refuse_other_region() {
  local region
  region=$(bucket_region "$BUCKET" 2>/dev/null) || return 0
  [[ $region == "$AWS_REGION" ]] || fail "the bucket $BUCKET lies in $region, but an endpoint in $AWS_REGION takes models of its own
region only: have MODEL_BUCKET name one there"
}

# The bucket's name can be guessed: what another account made under it gets no model of ours.
make_bucket() {
  local error
  # Its own part alone: who may upload need not see what else lies in the bucket.
  if ! error=$(aws s3api list-objects-v2 --bucket "$BUCKET" --expected-bucket-owner "$ACCOUNT" \
    --prefix "$PROJECT/" --max-items 1 2>&1); then
    [[ $error == *"(NoSuchBucket)"* ]] || fail "the bucket $BUCKET is not to be used: it belongs to another account than $ACCOUNT, or you may not
list $PROJECT/ in it: ${error#$'\n'}"
    # Another run may have made it meanwhile.
    unless BucketAlreadyOwnedByYou aws s3 mb "s3://$BUCKET"
    aws s3api put-public-access-block --bucket "$BUCKET" --public-access-block-configuration \
      BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true
    # Yours alone: other projects use it, too.
    [[ -z ${own_tags[*]-} ]] || aws s3api put-bucket-tagging --bucket "$BUCKET" \
      --tagging "TagSet=[$(printf '{%s},' "${own_tags[@]}" | sed 's/,$//')]"
  fi
  refuse_other_region
}

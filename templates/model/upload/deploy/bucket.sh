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

# What a bucket just made still needs: for the next run it is a bucket like any other, which is not changed.
finish_bucket() {
  local lacks=$1 error
  shift
  error=$(aws s3api "$@" --bucket "$BUCKET" 2>&1 >/dev/null) || fail "the bucket $BUCKET was made, but $lacks: ${error#$'\n'}
The next run takes it as it is, and goes on. To mend it: aws s3api $1 --bucket $BUCKET $(printf '%q ' "${@:2}")"
}

# The bucket's name can be guessed: what another account made under it gets no model of ours.
make_bucket() {
  local error
  # Its own part alone: who may upload need not see what else lies in the bucket.
  if ! error=$(aws s3api list-objects-v2 --bucket "$BUCKET" --expected-bucket-owner "$ACCOUNT" \
    --prefix "$PROJECT/" --max-items 1 2>&1); then
    case $error in
      *'(NoSuchBucket)'*) ;;
      *'(AccessDenied)'* | *'(403)'*)
        fail "the bucket $BUCKET is not to be used: it belongs to another account than $ACCOUNT, or you may not
list $PROJECT/ in it: ${error#$'\n'}"
        ;;
      *) fail "S3 does not say what there is of the bucket $BUCKET: ${error#$'\n'}" ;;
    esac
    # Another run may have made it meanwhile.
    unless BucketAlreadyOwnedByYou aws s3 mb "s3://$BUCKET"
    finish_bucket "is not closed to the public" put-public-access-block --public-access-block-configuration \
      BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true
    # Yours alone: other projects use it, too.
    [[ -z ${own_tags[*]-} ]] || finish_bucket "does not carry your TAGS" put-bucket-tagging \
      --tagging "TagSet=[$(printf '{%s},' "${own_tags[@]}" | sed 's/,$//')]"
  fi
  refuse_other_region
}

# shellcheck shell=bash
# Sourced by deploy.sh: the model lies in S3 as an archive.
# shellcheck source=bucket.sh
. deploy/bucket.sh

MODEL_VERSION=$(aws s3api head-object --bucket "$bucket" --key "$key" --query ETag --output text) || fail "cannot find $MODEL_URI"
export MODEL_DATA="\"ModelDataUrl\": \"$MODEL_URI\""
export MODEL_VERSION

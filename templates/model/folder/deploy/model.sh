# shellcheck shell=bash
# Sourced by deploy.sh: finds the newest model whose upload is complete.
# shellcheck source=bucket.sh
. deploy/bucket.sh

# The list of its files, which was written last.
list=$(unless NoSuchBucket \
  aws s3api list-objects-v2 --bucket "$BUCKET" --expected-bucket-owner "$ACCOUNT" \
  --prefix "$PROJECT/model-" --delimiter / --query 'Contents[].[LastModified, Key]' --output text \
  | { grep '\.sha256$' || true; } | LC_ALL=C sort | tail -n 1 | cut -f 2)
[[ -n $list ]] || fail "no complete model in s3://$BUCKET/$PROJECT/: run deploy/upload_to_s3.sh first"
refuse_other_region
formed "the newest list of a model's files" "$list" "$PROJECT/model-[0-9a-f]{16}[.]sha256"
export MODEL_DATA="\"ModelDataSource\": {\"S3DataSource\": {
  \"S3Uri\": \"s3://$BUCKET/${list%.sha256}/\", \"S3DataType\": \"S3Prefix\", \"CompressionType\": \"None\"}}"

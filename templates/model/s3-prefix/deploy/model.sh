# shellcheck shell=bash
# Sourced by deploy.sh: the model lies in S3 as files.
# shellcheck source=bucket.sh
. deploy/bucket.sh

stored=$(aws s3api list-objects-v2 --bucket "$bucket" --prefix "$key" --query 'Contents[].[Key, ETag]' --output text)
MODEL_VERSION=$(short_hash <<<"$stored")
stored=$(cut -f 1 <<<"$stored")
# Of sentence-transformers, config.json may lie in a folder below.
grep -qFx -e "${key}config.json" -e "${key}modules.json" <<<"$stored" \
  || fail "$MODEL_URI holds no config.json: it must be the folder that save_pretrained wrote"
# Such as the S3 console makes.
if folders=$(grep '/$' <<<"$stored"); then
  fail "$MODEL_URI holds objects that stand for folders, which SageMaker cannot download; delete them:
$folders"
fi
export MODEL_DATA="\"ModelDataSource\": {\"S3DataSource\": {
  \"S3Uri\": \"$MODEL_URI\", \"S3DataType\": \"S3Prefix\", \"CompressionType\": \"None\"}}"
export MODEL_VERSION

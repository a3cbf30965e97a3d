# shellcheck shell=bash
# Sourced by deploy.sh: finds the image.

# In JSON, since the AWS CLI applies a query to each page by itself when it prints text.
digest=$(unless RepositoryNotFoundException \
  aws ecr describe-images --repository-name "$IMAGE_REPOSITORY" --filter tagStatus=TAGGED \
  --query 'max_by(imageDetails, &imagePushedAt).imageDigest' --output json | tr -d '"')
[[ ${digest:-null} != null ]] || fail "no image in $IMAGE_REPOSITORY of ECR: run deploy/build_and_push.sh first"
formed "the image's digest" "$digest" 'sha256:[0-9a-f]{64}'
repository=$(repository_uri)
formed "the image's repository" "$repository" '[a-z0-9.-]+(:[0-9]+)?/[a-z0-9._/-]+'
export IMAGE=$repository@$digest

#!/usr/bin/env bash
# Builds the image for the instance type's architecture, and pushes it to ECR.
set -euo pipefail
# shellcheck source=common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

need docker "see https://docs.docker.com/get-docker/"
# A new tag for each build: running endpoints fetch theirs again when they scale out.
image=$REPOSITORY_URI:$(date -u +%Y%m%d-%H%M%S)

build=(docker build)
if docker buildx version >/dev/null 2>&1; then
  # SageMaker refuses the image index that attestations would add.
  build=(docker buildx build --load --provenance=false --sbom=false)
fi
DOCKER_BUILDKIT=1 "${build[@]}" --platform "$PLATFORM" --tag "$image" .

built=$(docker image inspect --format '{{.Os}}/{{.Architecture}}' "$image")
[[ $built == "$PLATFORM" ]] \
  || fail "the image is for $built, but $INSTANCE_TYPE runs $PLATFORM; not pushed"

unless RepositoryAlreadyExistsException \
  aws ecr create-repository --repository-name "$IMAGE_REPOSITORY" \
  --image-tag-mutability IMMUTABLE --image-scanning-configuration scanOnPush=true >/dev/null
aws ecr get-login-password \
  | docker login --username AWS --password-stdin "${REPOSITORY_URI%%/*}"
docker push "$image"

echo
echo "Pushed $image"
echo "Next: deploy/upload_to_s3.sh"

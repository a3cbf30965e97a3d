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
  build=(docker buildx build --load)
  # SageMaker refuses the image index that attestations would add; older builders make none.
  [[ $(docker buildx build --help) != *--provenance* ]] || build+=(--provenance=false --sbom=false)
fi
DOCKER_BUILDKIT=1 "${build[@]}" --platform "$PLATFORM" --tag "$image" .

built=$(docker image inspect --format '{{.Os}}/{{.Architecture}}' "$image")
# A base image of another architecture, such as one pinned by its digest, may hide behind the right name.
case $(docker run --rm --network none --entrypoint uname "$image" -m 2>/dev/null) in
  x86_64) built=linux/amd64 ;;
  aarch64) built=linux/arm64 ;;
esac
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

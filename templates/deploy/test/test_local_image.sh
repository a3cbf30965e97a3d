#!/usr/bin/env bash
# Builds the image for this machine, runs it as SageMaker does, and calls it:
# test/test_local_image.sh [PAYLOAD_FILE [CONTENT_TYPE]]
set -euo pipefail

project=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
payload=${1:-$project/sample_model/payloads/payload.json}
content_type=${2:-application/json}
if [[ ! -f $payload ]]; then
  echo "test_local_image.sh: no file $payload: give one, as in test/test_local_image.sh rows.csv text/csv" >&2
  exit 1
fi
payload=$(cd "$(dirname "$payload")" && pwd)/$(basename "$payload")
cd "$project"
# shellcheck source=../deploy/settings.sh
. deploy/settings.sh

DOCKER_BUILDKIT=1 docker build --tag "$IMAGE_REPOSITORY:local" .
container=$(docker run --detach --publish 127.0.0.1::8080 \
  --mount "type=bind,source=$PWD/model,target=/opt/ml/model,readonly" "$IMAGE_REPOSITORY:local" serve)

finish() {
  status=$?
  [[ $status == 0 ]] || docker logs "$container" >&2
  docker rm --force "$container" >/dev/null
}
trap finish EXIT

url=http://$(docker port "$container" 8080/tcp | head -n 1)
for _ in $(seq 120); do
  curl --silent --fail --output /dev/null --max-time 2 "$url/ping" && break
  sleep 0.5
done
curl --silent --show-error --fail --max-time 2 "$url/ping"
curl --silent --show-error --fail-with-body --header "Content-Type: $content_type" \
  --data-binary "@$payload" "$url/invocations"
echo

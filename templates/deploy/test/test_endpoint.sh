#!/usr/bin/env bash
# Calls the deployed endpoint: test/test_endpoint.sh [PAYLOAD_FILE [CONTENT_TYPE]]
set -euo pipefail

project=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
payload=${1:-$project/sample_model/payloads/payload.json}
content_type=${2:-application/json}
if [[ ! -f $payload ]]; then
  echo "test_endpoint.sh: no file $payload: give one, as in test/test_endpoint.sh rows.csv text/csv" >&2
  exit 1
fi
answer=$(mktemp)
trap 'rm -f "$answer"' EXIT
# shellcheck source=../deploy/settings.sh
. "$project/deploy/settings.sh"

# fileb:// is read the same by versions 1 and 2 of the AWS CLI.
aws sagemaker-runtime invoke-endpoint --endpoint-name "$PROJECT_NAME" --body "fileb://$payload" \
  --content-type "$content_type" --accept application/json --output text "$answer"
cat "$answer"
echo

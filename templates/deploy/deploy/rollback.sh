#!/usr/bin/env bash
# Goes back to an earlier deployment: rollback.sh [N] to the Nth newest of those that are kept beside the one that runs,
# the first when no N is given. The next deploy.sh goes forward again.
#   --list     lists those that are kept, and changes nothing
[ -n "${BASH_VERSION:-}" ] || exec bash "$0" "$@" # where sh is asked to run it
set -euo pipefail
OPTIONS='--list 1 2 3 4 5 6 7 8 9'
# shellcheck source=common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
# shellcheck source=change.sh
. deploy/change.sh

find_endpoint
[[ -n $status ]] || fail "there is no endpoint $PROJECT_NAME: deploy/deploy.sh makes it"
refuse_others "$owner"
all=$(ours endpoint-config)
earlier=()
for one in $all; do
  [[ $one == "$running" ]] || earlier=("$one" ${earlier[@]+"${earlier[@]}"})
done
echo "The endpoint $PROJECT_NAME runs $running. Kept beside it, the newest first:"
printf '  %s\n' "${earlier[@]-none}"
! option --list || exit 0
n=${1:-1}
((n <= ${#earlier[@]})) || fail "there is no earlier deployment number $n"
name=${earlier[n - 1]}
begin
count=$(aws sagemaker describe-endpoint-config --endpoint-config-name "$name" \
  --query 'ProductionVariants[0].InitialInstanceCount' --output text)
plan_update "$count"
change_to "$name"
echo "The endpoint $PROJECT_NAME is in service with $name"
try_out

#!/usr/bin/env bash
# Goes back to an earlier deployment: rollback.sh [N] to the Nth newest of those that are kept beside the one that runs,
# the first when no N is given. The next deploy.sh goes forward again.
#   NAME       goes to the one of this name: twice is as once
#   --list     lists those that are kept, and changes nothing
[ -n "${BASH_VERSION:-}" ] || exec bash "$0" "$@" # where sh is asked to run it
set -euo pipefail
# shellcheck disable=SC2034 # common.sh reads it
OPTIONS='*'
# shellcheck source=common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
# shellcheck source=change.sh
. deploy/change.sh

wanted=${1:-1}
[[ $# -le 1 && $wanted =~ ^(--list|[1-9][0-9]*|[A-Za-z0-9-]+-[0-9a-f]{12})$ ]] \
  || usage_error "takes --list, a number, or the name of one that --list shows"
find_endpoint
[[ -n $status ]] || fail "there is no endpoint $PROJECT_NAME: deploy/deploy.sh makes it"
refuse_others "$owner"
option --list || [[ $status != Failed ]] \
  || fail "the endpoint $PROJECT_NAME is Failed, and AWS only deletes such a one: deploy/deploy.sh does, and makes it anew"
all=$(ours endpoint-config)
earlier=()
for one in $all; do
  [[ $one == "$running" ]] || earlier=("$one" ${earlier[@]+"${earlier[@]}"})
done
echo "The endpoint $PROJECT_NAME runs $running. Kept beside it, the newest first:"
[[ -n ${earlier[*]-} ]] || echo "  none"
for i in ${earlier[@]+"${!earlier[@]}"}; do echo "  $((i + 1))  ${earlier[i]}"; done
! option --list || exit 0
if [[ $wanted == "$running" && $status == InService ]]; then
  echo "The endpoint $PROJECT_NAME runs $running already: nothing to do"
  exit
elif [[ $wanted == *-* ]]; then
  name=$wanted
  [[ " ${earlier[*]-} $running " == *" $name "* ]] || fail "there is no earlier deployment $name"
else
  ((wanted <= ${#earlier[@]})) || fail "there is no earlier deployment number $wanted"
  name=${earlier[wanted - 1]}
fi
echo "Going back to $name; where this is interrupted, deploy/rollback.sh $name goes on"
begin
count=$(aws sagemaker describe-endpoint-config --endpoint-config-name "$name" \
  --query 'ProductionVariants[0].InitialInstanceCount' --output text)
plan_update "$count"
change_to "$name"
echo "The endpoint $PROJECT_NAME is in service with $name"
try_out

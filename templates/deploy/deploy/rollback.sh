#!/usr/bin/env bash
# Goes back to an earlier deployment: rollback.sh [N] to the Nth newest of those that are kept beside the one that runs;
# when no N is given, to the newest that is known to have served. The next deploy.sh goes forward again.
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

wanted=${1:-}
[[ $# -le 1 && $wanted =~ ^(--list|[1-9][0-9]*|[A-Za-z0-9-]+-[0-9a-f]{12})?$ ]] \
  || usage_error "takes --list, a number, or the name of one that --list shows"
find_endpoint
[[ -n $status ]] || fail "there is no endpoint $PROJECT_NAME: deploy/deploy.sh makes it"
refuse_others "$owner"
option --list || [[ $status != Failed ]] \
  || fail "the endpoint $PROJECT_NAME is Failed, and AWS only deletes such a one: deploy/deploy.sh does, and makes it anew"
all=$(ours endpoint-config)
earlier=() proven=''
for one in $all; do
  [[ $one == "$running" ]] || earlier=("$one" ${earlier[@]+"${earlier[@]}"})
done
echo "The endpoint $PROJECT_NAME runs $running. Kept beside it, the newest first:"
[[ -n ${earlier[*]-} ]] || echo "  none"
for i in ${earlier[@]+"${!earlier[@]}"}; do
  remark=$(unproven "${earlier[i]}")
  [[ -n $remark$proven ]] || proven=${earlier[i]}
  echo "  $((i + 1))  ${earlier[i]}$remark"
done
! option --list || exit 0
if [[ $wanted == "$running" && $status == InService ]]; then
  echo "The endpoint $PROJECT_NAME runs $running already: nothing to do"
  name=$running
  code=5
  prove
  exit
elif [[ $wanted == *-* ]]; then
  name=$wanted
  [[ " ${earlier[*]-} $running " == *" $name "* ]] || fail "there is no earlier deployment $name"
elif [[ -n $wanted ]]; then
  ((wanted <= ${#earlier[@]})) || fail "there is no earlier deployment number $wanted"
  name=${earlier[wanted - 1]}
else
  [[ -n ${earlier[*]-} ]] || fail "there is no earlier deployment"
  name=$proven
  [[ -n $name ]] || fail "none of these is known to have served: what was made by scripts of an earlier version is not, either.
Nothing was changed; deploy/rollback.sh goes back to one that you give by its number or name"
fi
remark=$(unproven "$name")
echo "Going back to $name$remark; where this is interrupted, deploy/rollback.sh $name goes on"
begin
count=$(aws sagemaker describe-endpoint-config --endpoint-config-name "$name" \
  --query 'ProductionVariants[0].InitialInstanceCount' --output text)
plan_update "$count"
change_to "$name"
echo "The endpoint $PROJECT_NAME is in service with $name"
code=5
prove

#!/usr/bin/env bash
# Deploys this project's newest image with its newest model: creates the endpoint, or updates it. Run again, it does
# nothing where the endpoint runs them already, and goes on where it was interrupted. In the end it sends the request in
# SMOKE_TEST of settings.sh; whoever may not call the endpoint is told that this was not checked.
#   --plan     says what would be created, changed and deleted, and changes nothing
#   --adopt    takes an endpoint of this name that is not known as this project's, and tags it
[ -n "${BASH_VERSION:-}" ] || exec bash "$0" "$@" # where sh is asked to run it
set -euo pipefail
OPTIONS='--plan --adopt'
# shellcheck source=common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
# shellcheck source=change.sh
. deploy/change.sh
if [[ -z $ROLE_ARN && -t 0 ]]; then
  read -r -p "ARN of the IAM role that SageMaker takes on: " ROLE_ARN || true
  [[ -z $ROLE_ARN ]] || check_role
fi
[[ -n $ROLE_ARN ]] || fail "no role: set ROLE_ARN, in deploy/settings.sh or the environment"
echo "Account $ACCOUNT, region $AWS_REGION, role $ROLE_ARN${role_given:+, from the environment}"

# The oldest versions 1 and 2 of the AWS CLI that know what is asked of them.
oldest() {
  local version wanted=$1
  version=$(aws --version 2>&1)
  [[ $version =~ aws-cli/([0-9]+)[.]([0-9]+)[.]([0-9]+) ]] || return 0
  ((BASH_REMATCH[1] < 2)) || wanted=$2
  version=${BASH_REMATCH[1]}.${BASH_REMATCH[2]}.${BASH_REMATCH[3]}
  [[ $(printf '%s\n' "$wanted" "$version" | sort -t . -k 1,1n -k 2,2n -k 3,3n | head -n 1) == "$wanted" ]] \
    || fail "the AWS CLI here is $version, and what is to be deployed takes $wanted or later: https://aws.amazon.com/cli/"
}
oldest 1.22.0 2.3.5
[[ $VARIANT_OPTIONS != *Seconds=* ]] || oldest 1.25.69 2.7.31
[[ ${UPDATE:-} != rolling ]] || oldest 1.27.165 2.12.7
[[ $VARIANT_OPTIONS != *InferenceAmiVersion=* ]] || oldest 1.33.4 2.16.4
[[ -z ${INSTANCE_POOL:-} ]] || oldest 1.45.1 2.34.40

# shellcheck source=image.sh
. deploy/image.sh
MODEL_VERSION=
# shellcheck source=model.sh
. deploy/model.sh
[[ $MODEL_DATA != *ModelDataSource* ]] || oldest 1.27.158 2.12.3

# Named after all that it is made of: the same things have the same name, whoever deploys them.
container="{\"Image\": \"$IMAGE\", ${MODEL_DATA:+$MODEL_DATA, }\"Environment\": $CONTAINER_ENVIRONMENT}"
on="InstanceType=$INSTANCE_TYPE"
if [[ -n ${INSTANCE_POOL:-} ]]; then
  on="{InstanceType=$INSTANCE_TYPE,Priority=1}" priority=1
  for type in $INSTANCE_POOL; do
    [[ " ${OTHER_TYPES:-} " == *" $type "* ]] || fail "INSTANCE_POOL in deploy/settings.sh has $(printf %q "$type"), which is not known to take the image and the model that
$INSTANCE_TYPE takes; known are ${OTHER_TYPES:-none}. If you know better, add it to OTHER_TYPES"
    on+=",{InstanceType=$type,Priority=$((++priority))}"
  done
  ((priority < 6)) || fail "INSTANCE_POOL in deploy/settings.sh has $((priority - 1)) types: AWS takes four beside INSTANCE_TYPE"
  on="InstancePools=[$on]"
fi
variant="VariantName=AllTraffic,$on,InitialInstanceCount=$INSTANCE_COUNT${VARIANT_OPTIONS:+,$VARIANT_OPTIONS}"
settings=$(printf '%s\n' "$PROJECT" "$ROLE_ARN" "$container" "$MODEL_VERSION" "$variant" "${TAGS:-}" | short_hash)
name=$PROJECT_NAME-$settings # at most 63 characters: the project's name has at most 50
tags+=("Key=ml-container-creator:settings,Value=$settings")

find_endpoint
if option --plan; then
  # shellcheck source=plan.sh
  . deploy/plan.sh
  exit
fi
! option --adopt || [[ -z $status || $owner == "$PROJECT" ]] || adopt_endpoint
[[ -z $status ]] || refuse_others "$owner"
begin

if [[ $running == "$name" && $status == InService ]]; then
  echo "The endpoint $PROJECT_NAME runs this already, as $name: nothing to do"
  code=5
  prove
  # What a run that was interrupted has left to do.
  prune
  exit
fi
if [[ $status == Failed ]]; then
  echo "The endpoint $PROJECT_NAME is Failed, since an earlier try: it is deleted, and made again"
  delete_endpoint
fi
if [[ -z $is_under_way ]]; then
  plan_update "$INSTANCE_COUNT"
  at_exit=undo
  found=$(find_one model "$name")
  if [[ -z $found ]]; then
    made+=(model)
    create aws sagemaker create-model --model-name "$name" --execution-role-arn "$ROLE_ARN" \
      --primary-container "$container" --tags "${tags[@]}" --output text
  fi
  found=$(find_one endpoint-config "$name")
  if [[ -z $found ]]; then
    made+=(endpoint-config)
    create aws sagemaker create-endpoint-config --endpoint-config-name "$name" \
      --production-variants "ModelName=$name,$variant" --tags "${tags[@]}" --output text
  fi
fi
change_to "$name"
code=5
prove
echo
echo "The endpoint $PROJECT_NAME is in service on $INSTANCE_TYPE${INSTANCE_POOL:+, or where there was too little of it, $INSTANCE_POOL}."
payload=
[[ -f $SMOKE_TEST ]] || grep -qs '"example"' model/input_schema.json || payload=" PAYLOAD_FILE"
[[ ! -e test/test_endpoint.sh ]] || echo "Call it: test/test_endpoint.sh$payload"
echo "It costs money until deploy/undeploy.sh removes it."
prune

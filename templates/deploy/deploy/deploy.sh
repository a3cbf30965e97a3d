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
fi
[[ -n $ROLE_ARN ]] || fail "no role: set ROLE_ARN, in deploy/settings.sh or the environment"
echo "Account $ACCOUNT, region $AWS_REGION, role $ROLE_ARN"

# shellcheck source=image.sh
. deploy/image.sh
MODEL_VERSION=
# shellcheck source=model.sh
. deploy/model.sh

# Named after all that it is made of: the same things have the same name, whoever deploys them.
container="{\"Image\": \"$IMAGE\", ${MODEL_DATA:+$MODEL_DATA, }\"Environment\": $CONTAINER_ENVIRONMENT}"
variant="VariantName=AllTraffic,InstanceType=$INSTANCE_TYPE,InitialInstanceCount=$INSTANCE_COUNT${VARIANT_OPTIONS:+,$VARIANT_OPTIONS}"
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
  try_out
  exit
fi
if [[ $status == Failed ]]; then
  echo "The endpoint $PROJECT_NAME is Failed, since an earlier try: it is deleted, and made again"
  aws sagemaker delete-endpoint --endpoint-name "$PROJECT_NAME"
  settle
fi
if [[ -z $is_under_way ]]; then
  trap undo EXIT
  found=$(find_one model "$name")
  if [[ -z $found ]]; then
    made+=(model)
    unless "already existing" aws sagemaker create-model --model-name "$name" --execution-role-arn "$ROLE_ARN" \
      --primary-container "$container" --tags "${tags[@]}" --output text
  fi
  found=$(find_one endpoint-config "$name")
  if [[ -z $found ]]; then
    made+=(endpoint-config)
    unless "already existing" aws sagemaker create-endpoint-config --endpoint-config-name "$name" \
      --production-variants "ModelName=$name,$variant" --tags "${tags[@]}" --output text
  fi
fi
change_to "$name"
try_out
prune

echo
echo "The endpoint $PROJECT_NAME is in service on $INSTANCE_TYPE."
[[ ! -e test/test_endpoint.sh ]] || echo "Call it: test/test_endpoint.sh"
echo "It costs money until deploy/undeploy.sh removes it."

#!/usr/bin/env bash
# Deploys the newest image with the newest model: creates the endpoint, or updates it.
[ -n "${BASH_VERSION:-}" ] || exec bash "$0" "$@" # where sh is asked to run it
set -euo pipefail
# shellcheck source=common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

if [[ -z $ROLE_ARN && -t 0 ]]; then
  read -r -p "ARN of the IAM role that SageMaker takes on: " ROLE_ARN || true
fi
[[ -n $ROLE_ARN ]] || fail "no role: set ROLE_ARN, in deploy/settings.sh or the environment"

status=$(unless "Could not find" endpoint EndpointStatus)
case $status in
  '') action=create-endpoint ;;
  InService)
    action=update-endpoint
    running=$(endpoint EndpointConfigName)
    was=$(aws sagemaker describe-endpoint-config --endpoint-config-name "$running" \
      --query 'ProductionVariants[0].InitialInstanceCount' --output text)
    echo "Updating the endpoint $PROJECT_NAME, which runs $running"
    ;;
  *ing | RollingBack) fail "the endpoint $PROJECT_NAME is $status: wait until that is done" ;;
  *) fail "the endpoint $PROJECT_NAME is $status: remove it with deploy/undeploy.sh first" ;;
esac

# In JSON, since the AWS CLI applies a query to each page by itself when it prints text.
digest=$(unless RepositoryNotFoundException \
  aws ecr describe-images --repository-name "$IMAGE_REPOSITORY" --filter tagStatus=TAGGED \
  --query 'max_by(imageDetails, &imagePushedAt).imageDigest' --output json | tr -d '"')
[[ ${digest:-null} != null ]] || fail "no image in $IMAGE_REPOSITORY of ECR: run deploy/build_and_push.sh first"
formed "the image's digest" "$digest" 'sha256:[0-9a-f]{64}'
repository=$(repository_uri)
formed "the image's repository" "$repository" '[a-z0-9.-]+(:[0-9]+)?/[a-z0-9._/-]+'
# shellcheck source=model.sh
. deploy/model.sh

# At most 63 characters: the project's name has at most 50.
name=$PROJECT_NAME-$(date -u +%y%m%d%H%M%S)
model_made=
configuration_made=

# Whether the endpoint runs this configuration, or is about to: an answer of AWS may be lost after what was asked for
# has been done. 2 where that cannot be told.
is_used() {
  local found
  found=$(endpoint '[EndpointConfigName, PendingDeploymentSummary.EndpointConfigName]' 2>&1) \
    || [[ $found == *"Could not find"* ]] || return 2
  [[ " ${found//$'\t'/ } " == *" $name "* ]]
}

# Deletes what this run made, unless the endpoint may have come to use it; tries both, whatever fails.
undo() {
  set +e
  is_used
  case $? in
    0) echo "The endpoint $PROJECT_NAME uses $name: it is kept" >&2 && return ;;
    2) echo "It cannot be told whether the endpoint $PROJECT_NAME uses $name: it is kept" >&2 && return ;;
  esac
  [[ -z $configuration_made ]] || aws sagemaker delete-endpoint-config --endpoint-config-name "$name"
  [[ -z $model_made ]] || aws sagemaker delete-model --model-name "$name"
}
trap undo EXIT

aws sagemaker create-model --model-name "$name" --execution-role-arn "$ROLE_ARN" --output text \
  --primary-container "{\"Image\": \"$repository@$digest\", ${MODEL_DATA:+$MODEL_DATA, }\"Environment\": $CONTAINER_ENVIRONMENT}"
model_made=yes
aws sagemaker create-endpoint-config --endpoint-config-name "$name" --output text \
  --production-variants "VariantName=AllTraffic,ModelName=$name,InstanceType=$INSTANCE_TYPE,InitialInstanceCount=$INSTANCE_COUNT${VARIANT_OPTIONS:+,$VARIANT_OPTIONS}"
configuration_made=yes
began=$(date +%s)
change=("$action" --endpoint-name "$PROJECT_NAME" --endpoint-config-name "$name")
# As many instances as autoscaling has made of them, unless settings.sh asks for another number than before.
[[ ${was:-} != "$INSTANCE_COUNT" ]] || change+=(--retain-all-variant-properties)
aws sagemaker "${change[@]}" --output text || is_used
trap - EXIT

# The endpoint's status; that asking fails once or twice is no reason to give up.
look() {
  for _ in 1 2 3; do
    endpoint EndpointStatus && return
    sleep 15
  done
  fail "the deployment goes on, but AWS cannot be asked how. When it can be again, look at it with:
  aws sagemaker describe-endpoint --region $AWS_REGION --endpoint-name $PROJECT_NAME"
}

# Not `aws sagemaker wait`: that goes on for an hour when an update's rollback has failed.
echo "Waiting for the endpoint $PROJECT_NAME to be in service: some minutes ..."
status=$(look)
while [[ $status == *ing || $status == RollingBack ]]; do
  sleep 15
  status=$(look)
done

# The end of what the containers have printed meanwhile, without what controls a terminal, and where the rest is.
read_log() {
  local group=/aws/sagemaker/Endpoints/$PROJECT_NAME lines
  lines=$(aws logs filter-log-events --log-group-name "$group" --start-time "${began}000" \
    --query 'events[].[message]' --output text 2>/dev/null | tail -n 20 | tr -d '\000-\010\013-\037\177') || lines=
  [[ -z $lines ]] || printf '\nThe last lines of its log:\n%s\n\n' "$lines"
  echo "Its log, if the container started, is in CloudWatch:"
  echo "  aws logs filter-log-events --region $AWS_REGION --log-group-name $group"
}
[[ $status == InService ]] || fail "the endpoint is $status: $(endpoint FailureReason)
$(read_log)
Remove it with deploy/undeploy.sh"
running=$(endpoint EndpointConfigName)
if [[ $running != "$name" ]]; then
  trap undo EXIT
  fail "SageMaker went back to $running, which is in service: $(endpoint FailureReason)
$(read_log)"
fi

echo
echo "The endpoint $PROJECT_NAME is in service on $INSTANCE_TYPE."
[[ ! -e test/test_endpoint.sh ]] || echo "Call it: test/test_endpoint.sh"
echo "It costs money until deploy/undeploy.sh removes it."

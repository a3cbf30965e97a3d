#!/usr/bin/env bash
# Deploys the newest image with the newest model: creates the endpoint, or updates it.
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
  InService) action=update-endpoint ;;
  *ing | RollingBack) fail "the endpoint $PROJECT_NAME is $status: wait until that is done" ;;
  *) fail "the endpoint $PROJECT_NAME is $status: remove it with deploy/undeploy.sh first" ;;
esac

# In JSON, since the AWS CLI applies a query to each page by itself when it prints text.
digest=$(unless RepositoryNotFoundException \
  aws ecr describe-images --repository-name "$IMAGE_REPOSITORY" --filter tagStatus=TAGGED \
  --query 'max_by(imageDetails, &imagePushedAt).imageDigest' --output json | tr -d '"')
[[ ${digest:-null} != null ]] || fail "no image in $REPOSITORY_URI: run deploy/build_and_push.sh first"
# shellcheck source=model.sh
. deploy/model.sh

# At most 63 characters: the project's name has at most 50.
name=$PROJECT_NAME-$(date -u +%y%m%d%H%M%S)
model_made=
configuration_made=

# Deletes what this run made, when nothing came to use it; tries both, whatever fails.
undo() {
  set +e
  [[ -z $configuration_made ]] || aws sagemaker delete-endpoint-config --endpoint-config-name "$name"
  [[ -z $model_made ]] || aws sagemaker delete-model --model-name "$name"
}
trap undo EXIT

aws sagemaker create-model --model-name "$name" --execution-role-arn "$ROLE_ARN" --output text \
  --primary-container "{\"Image\": \"$REPOSITORY_URI@$digest\", ${MODEL_DATA:+$MODEL_DATA, }\"Environment\": $CONTAINER_ENVIRONMENT}"
model_made=yes
aws sagemaker create-endpoint-config --endpoint-config-name "$name" --output text \
  --production-variants "VariantName=AllTraffic,ModelName=$name,InstanceType=$INSTANCE_TYPE,InitialInstanceCount=$INSTANCE_COUNT${VARIANT_OPTIONS:+,$VARIANT_OPTIONS}"
configuration_made=yes
aws sagemaker "$action" --endpoint-name "$PROJECT_NAME" --endpoint-config-name "$name" --output text
trap - EXIT

# Not `aws sagemaker wait`: that goes on for an hour when an update's rollback has failed.
echo "Waiting for the endpoint $PROJECT_NAME to be in service: some minutes ..."
status=$(endpoint EndpointStatus)
while [[ $status == *ing || $status == RollingBack ]]; do
  sleep 15
  status=$(endpoint EndpointStatus)
done

read_log="Its log, if the container started, is in CloudWatch:
  aws logs filter-log-events --region $AWS_REGION --log-group-name /aws/sagemaker/Endpoints/$PROJECT_NAME"
[[ $status == InService ]] || fail "the endpoint is $status: $(endpoint FailureReason)
$read_log
Remove it with deploy/undeploy.sh"
running=$(endpoint EndpointConfigName)
if [[ $running != "$name" ]]; then
  trap undo EXIT
  fail "SageMaker went back to $running, which is in service: $(endpoint FailureReason)
$read_log"
fi

echo
echo "The endpoint $PROJECT_NAME is in service on $INSTANCE_TYPE."
[[ ! -e test/test_endpoint.sh ]] || echo "Call it: test/test_endpoint.sh"
echo "It costs money until deploy/undeploy.sh removes it."

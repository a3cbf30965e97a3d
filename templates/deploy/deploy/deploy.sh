#!/usr/bin/env bash
# Deploys the newest image with the newest model: creates the endpoint, or updates it.
set -euo pipefail
# shellcheck source=common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

if [[ -z $ROLE_ARN && -t 0 ]]; then
  read -r -p "ARN of the IAM role that SageMaker takes on: " ROLE_ARN
fi
[[ -n $ROLE_ARN ]] || fail "no role: set ROLE_ARN, in deploy/settings.sh or the environment"

status=$(endpoint EndpointStatus 2>&1) || {
  [[ $status == *"Could not find"* ]] || fail "$status"
  status=absent
}
case $status in
  absent) action=create-endpoint ;;
  InService) action=update-endpoint ;;
  *) fail "the endpoint $PROJECT_NAME is $status: try again later, or remove it with deploy/undeploy.sh" ;;
esac

digest=$(aws ecr describe-images --repository-name "$IMAGE_REPOSITORY" --output text \
  --query 'sort_by(imageDetails, &imagePushedAt)[-1].imageDigest') || digest=None
[[ $digest != None ]] || fail "no image in $REPOSITORY_URI: run deploy/build_and_push.sh first"
# The upload's time is part of the name, so the last one is the newest.
key=$(aws s3api list-objects-v2 --bucket "$BUCKET" --prefix "$PROJECT_NAME/model-" --output text \
  --query 'Contents[-1].Key' | tail -n 1) || key=None
[[ $key != None ]] || fail "no model in s3://$BUCKET/$PROJECT_NAME/: run deploy/upload_to_s3.sh first"

# At most 63 characters: the project's name has at most 50.
name=$PROJECT_NAME-$(date -u +%y%m%d%H%M%S)
model_made=
configuration_made=

# Deletes what this run made, when nothing came to use it.
undo() {
  [[ -z $configuration_made ]] || aws sagemaker delete-endpoint-config --endpoint-config-name "$name"
  [[ -z $model_made ]] || aws sagemaker delete-model --model-name "$name"
}
trap undo EXIT

aws sagemaker create-model --model-name "$name" --execution-role-arn "$ROLE_ARN" --output text \
  --primary-container "Image=$REPOSITORY_URI@$digest,ModelDataUrl=s3://$BUCKET/$key"
model_made=yes
aws sagemaker create-endpoint-config --endpoint-config-name "$name" --output text \
  --production-variants "VariantName=AllTraffic,ModelName=$name,InstanceType=$INSTANCE_TYPE,InitialInstanceCount=$INSTANCE_COUNT"
configuration_made=yes
aws sagemaker "$action" --endpoint-name "$PROJECT_NAME" --endpoint-config-name "$name" --output text
trap - EXIT

echo "Waiting for the endpoint $PROJECT_NAME to be in service: some minutes ..."
if ! aws sagemaker wait endpoint-in-service --endpoint-name "$PROJECT_NAME"; then
  fail "the endpoint is $(endpoint EndpointStatus): $(endpoint FailureReason)
Its log is in CloudWatch: aws logs tail /aws/sagemaker/Endpoints/$PROJECT_NAME
Remove it with deploy/undeploy.sh"
fi
running=$(endpoint EndpointConfigName)
if [[ $running != "$name" ]]; then
  reason=$(endpoint FailureReason)
  undo
  fail "SageMaker went back to $running, which is in service: $reason"
fi

echo
echo "The endpoint $PROJECT_NAME is in service on $INSTANCE_TYPE."
echo "It costs money until deploy/undeploy.sh removes it."

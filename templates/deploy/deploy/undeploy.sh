#!/usr/bin/env bash
# Deletes the endpoint, and the endpoint configurations and models that deploy.sh made.
set -euo pipefail
# shellcheck source=common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

# The names that deploy.sh gives: this project's, not those of one whose name starts the same.
ours() {
  tr '\t' '\n' | grep -E "^$PROJECT_NAME-[0-9]{12}\$" || true
}

unless "Could not find" aws sagemaker delete-endpoint --endpoint-name "$PROJECT_NAME"
aws sagemaker wait endpoint-deleted --endpoint-name "$PROJECT_NAME"
echo "There is no endpoint $PROJECT_NAME any more"

# Assigned first: a failure within the list of a loop would go unseen.
configurations=$(aws sagemaker list-endpoint-configs --name-contains "$PROJECT_NAME" \
  --query 'EndpointConfigs[].EndpointConfigName' --output text | ours)
for configuration in $configurations; do
  aws sagemaker delete-endpoint-config --endpoint-config-name "$configuration"
  echo "Deleted the endpoint configuration $configuration"
done
models=$(aws sagemaker list-models --name-contains "$PROJECT_NAME" \
  --query 'Models[].ModelName' --output text | ours)
for model in $models; do
  aws sagemaker delete-model --model-name "$model"
  echo "Deleted the model $model"
done

echo
echo "Images and uploads are kept. To delete them too:"
echo "  aws ecr delete-repository --force --region $AWS_REGION --repository-name $IMAGE_REPOSITORY"
echo "  aws s3 rm --recursive s3://$BUCKET/$PROJECT_NAME/"

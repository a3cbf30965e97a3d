#!/usr/bin/env bash
# Shows the endpoint: its state, its instances, which image, model and settings it runs, and what was deployed before.
# Exit codes: 0 it is in service; 3 it is there, but not in service; 1 there is none, or AWS cannot be asked.
[ -n "${BASH_VERSION:-}" ] || exec bash "$0" "$@" # where sh is asked to run it
set -euo pipefail
# shellcheck source=common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

# A query of what runs under one name: an endpoint configuration, or the model that is called the same.
configuration() {
  aws sagemaker describe-endpoint-config --endpoint-config-name "$1" --query "$2" --output text
}
model() {
  aws sagemaker describe-model --model-name "$1" --query "$2" --output text
}

# A time, of which version 1 of the AWS CLI says the seconds since 1970.
at() {
  local seconds=${1%.*}
  [[ $seconds =~ ^[0-9]+$ ]] || { echo "$1" && return; }
  # As GNU and BSD take it.
  date -u -d "@$seconds" +%Y-%m-%dT%H:%M:%SZ 2>/dev/null || date -u -r "$seconds" +%Y-%m-%dT%H:%M:%SZ
}

# One after the other, since text holds them in columns; None where there is nothing.
line() {
  [[ -z $2 || $2 == None ]] || printf '%-12s %s\n' "$1" "$2"
}

# A line with what a command prints. Among the arguments of line, its failure would go unseen.
show() {
  local what=$1 printed
  shift
  printed=$("$@") || exit
  line "$what" "$printed"
}

found=$(unless "Could not find" endpoint \
  '[EndpointStatus, EndpointConfigName, PendingDeploymentSummary.EndpointConfigName, LastModifiedTime]')
[[ -n $found ]] || fail "there is no endpoint $PROJECT_NAME in $AWS_REGION of the account $ACCOUNT: deploy/deploy.sh makes it"
read -r status running pending changed <<<"$found"
line Endpoint "$PROJECT_NAME, $status since $(at "$changed")"
line Account "$ACCOUNT, $AWS_REGION"
show Project owner endpoint "$PROJECT_NAME"
show "Changed by" owner endpoint "$PROJECT_NAME" "$BY_TAG"
show Reason endpoint FailureReason

variants=$(endpoint 'ProductionVariants[].[VariantName, CurrentInstanceCount, DesiredInstanceCount, CurrentWeight]')
while read -r variant now wanted weight; do
  line Variant "$variant: $now of $wanted instances, weight $weight"
done <<<"$variants"
line Runs "$running"
line Next "$pending"
show Instance configuration "$running" "join(' ', [ProductionVariants[].InstanceType, ProductionVariants[].InstancePools[].InstanceType][])"
name=$(configuration "$running" 'ProductionVariants[0].ModelName')
if [[ $name != None ]]; then
  show Image model "$name" PrimaryContainer.Image
  show Model model "$name" 'not_null(PrimaryContainer.ModelDataUrl, PrimaryContainer.ModelDataSource.S3DataSource.S3Uri)'
  show Role model "$name" ExecutionRoleArn
  show Settings model "$name" PrimaryContainer.Environment
fi

echo "Deployed, the newest last:"
all=$(ours endpoint-config)
for one in $all; do
  created=$(configuration "$one" CreationTime)
  by=$(owner endpoint-config "$one" "$BY_TAG")
  if [[ $one == "$running" ]]; then
    remark=', which runs'
  else
    remark=$(unproven "$one")
  fi
  printf '  %s  %s  by %s%s\n' "$one" "$(at "$created")" "$by" "$remark"
done
[[ $status == InService ]] || end 3

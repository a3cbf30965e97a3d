# shellcheck shell=bash
# Sourced by the scripts beside it: the values, and what several of them do.

cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit
# shellcheck source=settings.sh
. deploy/settings.sh

fail() {
  echo "$(basename "$0"): $*" >&2
  exit 1
}

need() {
  command -v "$1" >/dev/null || fail "$1 is not installed: $2"
}

# Runs a command and goes on when it fails for the one reason that is expected.
unless() {
  local expected=$1 error
  shift
  error=$("$@" 2>&1 >/dev/null) || [[ $error == *"$expected"* ]] || fail "$error"
}

# One field of the endpoint.
endpoint() {
  aws sagemaker describe-endpoint --endpoint-name "$PROJECT_NAME" --query "$1" --output text
}

need aws "see https://aws.amazon.com/cli/"
ACCOUNT=$(aws sts get-caller-identity --query Account --output text) \
  || fail "no AWS account: sign in first, for instance with aws configure or aws sso login"
REPOSITORY_URI=$ACCOUNT.dkr.ecr.$AWS_REGION.$ECR_DNS_SUFFIX/$IMAGE_REPOSITORY
BUCKET=${MODEL_BUCKET:-sagemaker-$AWS_REGION-$ACCOUNT}
export REPOSITORY_URI BUCKET

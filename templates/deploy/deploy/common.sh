# shellcheck shell=bash
# Sourced by the scripts beside it: the values, and what several of them do.

fail() {
  echo "$(basename "$0"): $*" >&2
  exit 1
}

# What a script does, its first comment says.
case $* in
  '') ;;
  -h | --help)
    echo "usage: $0    (takes its values from deploy/settings.sh)"
    sed -n 's/^# //p; /^set/q' "$0"
    exit
    ;;
  *) fail "takes no arguments: its values are in deploy/settings.sh" ;;
esac

# Where CDPATH is set, cd may end in another project's folder.
unset CDPATH
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit
# shellcheck source=settings.sh
. deploy/settings.sh

need() {
  command -v "$1" >/dev/null || fail "$1 is not installed: $2"
}

# Runs a command; goes on, without output, when it fails for the one reason that is expected.
unless() {
  local expected=$1 error
  shift
  { error=$("$@" 2>&1 >&3) || [[ $error == *"$expected"* ]] || fail "${error#$'\n'}"; } 3>&1
}

# Fails unless a value from elsewhere has the form of such values here: it becomes a part of JSON, and of commands.
formed() {
  local what=$1 value=$2 form=$3
  [[ $value =~ ^($form)$ ]] || fail "$what is $(printf %q "$value"), which has not the form of one: nothing was done with it"
}

# Fields of the endpoint, by a query.
endpoint() {
  aws sagemaker describe-endpoint --endpoint-name "$PROJECT_NAME" --query "$1" --output text
}

# Where images are pushed to and pulled from, as ECR has it.
repository_uri() {
  aws ecr describe-repositories --repository-names "$IMAGE_REPOSITORY" \
    --query 'repositories[0].repositoryUri' --output text
}

# No pager: version 2 of the AWS CLI would wait in one on a terminal, or fail where there is none.
export AWS_PAGER=
need aws "see https://aws.amazon.com/cli/"
ACCOUNT=$(aws sts get-caller-identity --query Account --output text) \
  || fail "no AWS account: sign in first, for instance with aws configure or aws sso login"
formed "the AWS account" "$ACCOUNT" '[0-9]{12}'

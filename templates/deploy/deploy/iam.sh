#!/usr/bin/env bash
# Creates or updates, from the documents in deploy/iam, the role that SageMaker takes on to run the container, and the
# policy of whoever runs the scripts here. Only what carries this project's tag is changed.
#   --boundary ARN   the permission boundary that a new role gets
[ -n "${BASH_VERSION:-}" ] || exec bash "$0" "$@" # where sh is asked to run it
set -euo pipefail
# shellcheck disable=SC2034 # common.sh reads it
OPTIONS='*'
# shellcheck source=common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
boundary=''
if [[ ${1:-} == --boundary && $# == 2 ]]; then
  boundary=$2
  formed "the permission boundary" "$boundary" 'arn:aws[a-z-]*:iam::([0-9]{12}|aws):policy/[A-Za-z0-9+=,.@_/-]+'
elif (($#)); then
  usage_error "takes --boundary ARN, and nothing else"
fi

partition=${CALLER#arn:}
partition=${partition%%:*}
role=$PROJECT_NAME-execution
policy=$PROJECT_NAME-deployer
role_arn=arn:$partition:iam::$ACCOUNT:role/$role
policy_arn=arn:$partition:iam::$ACCOUNT:policy/$policy

# A document for this account; the role that may be passed is the one that deploy.sh takes.
document() {
  sed -e '/"iam:PassRole"/{' -e n -e "s#\"arn:[^\"]*\"#\"${ROLE_ARN:-$role_arn}\"#" -e '}' -e "s/ACCOUNT_ID/$ACCOUNT/g" "deploy/iam/$1.json"
}

# Fails where what is there carries another tag than ours.
refuse_other() {
  [[ $2 == "$PROJECT" ]] || fail "there is $1 already, which does not carry this project's tag ($OWN_TAG=$PROJECT): it was not touched. Give this
project another name (PROJECT_NAME in deploy/settings.sh), or have whoever owns it tag it"
}

# The project whose tag the role carries, or the policy; empty where there is none.
role_owner() {
  unless NoSuchEntity aws iam list-role-tags --role-name "$role" --query "Tags[?Key=='$OWN_TAG'].Value | [0]" --output text
}
policy_owner() {
  unless NoSuchEntity aws iam list-policy-tags --policy-arn "$policy_arn" --query "Tags[?Key=='$OWN_TAG'].Value | [0]" --output text
}

# Creates one of them. Where it is there by now, an answer may have been lost, or someone else was faster.
create() {
  local what=$1 owner_of=$2 said found
  shift 2
  said=$("$@" 2>&1 >/dev/null) && return
  [[ $said == *EntityAlreadyExists* ]] || fail "${said#$'\n'}"
  found=$("$owner_of") || exit
  refuse_other "$what" "$found"
}

is_new=''
owner=$(role_owner)
if [[ -z $owner ]]; then
  create "a role $role" role_owner aws iam create-role --role-name "$role" --output text --tags "${tags[@]}" \
    --assume-role-policy-document "$(document execution-role-trust)" ${boundary:+--permissions-boundary "$boundary"}
  is_new=yes
  echo "Created the role $role"
else
  refuse_other "a role $role" "$owner"
  aws iam update-assume-role-policy --role-name "$role" --policy-document "$(document execution-role-trust)"
  [[ -z $boundary ]] || aws iam put-role-permissions-boundary --role-name "$role" --permissions-boundary "$boundary"
  echo "Updated the role $role"
fi
aws iam put-role-policy --role-name "$role" --policy-name execution --policy-document "$(document execution-role-policy)"

owner=$(policy_owner)
if [[ -z $owner ]]; then
  create "a policy $policy" policy_owner aws iam create-policy --policy-name "$policy" --output text --tags "${tags[@]}" \
    --policy-document "$(document deployer-policy)"
  is_new=yes
  echo "Created the policy $policy"
else
  refuse_other "a policy $policy" "$owner"
  # A policy has five versions at most: those that are not in force make room.
  versions=$(aws iam list-policy-versions --policy-arn "$policy_arn" --query 'Versions[?!IsDefaultVersion].VersionId' --output text)
  for version in $versions; do
    unless NoSuchEntity aws iam delete-policy-version --policy-arn "$policy_arn" --version-id "$version"
  done
  aws iam create-policy-version --policy-arn "$policy_arn" --policy-document "$(document deployer-policy)" --set-as-default \
    --output text >/dev/null
  echo "Updated the policy $policy"
fi

# What IAM has just been told, other services know some seconds later.
aws iam wait role-exists --role-name "$role"
[[ -z $is_new ]] || sleep 10

if [[ -z $ROLE_ARN ]]; then
  echo "Set, in deploy/settings.sh or the environment:
  ROLE_ARN=$role_arn"
elif [[ $ROLE_ARN != "$role_arn" ]]; then
  echo "deploy.sh takes another role now, $ROLE_ARN, the only one that the policy below lets it pass. For the new one, set in
the environment, which counts before deploy/settings.sh, and run this again:
  export ROLE_ARN=$role_arn"
fi
echo "Whoever deploys needs the policy $policy_arn"

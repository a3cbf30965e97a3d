# shellcheck shell=bash
# Sourced by common.sh: what this project has in AWS, how it is found, whose it is, and how it goes.

# Fields of the endpoint, by a query.
endpoint() {
  aws sagemaker describe-endpoint --endpoint-name "$PROJECT_NAME" --query "$1" --output text
}

# Where images are pushed to and pulled from, as ECR has it.
repository_uri() {
  aws ecr describe-repositories --repository-names "$IMAGE_REPOSITORY" \
    --query 'repositories[0].repositoryUri' --output text
}

# The region of a bucket.
bucket_region() {
  local found
  # The second way is for a bucket of another account that lets one list it, and no more.
  found=$(aws s3api get-bucket-location --bucket "$1" --query LocationConstraint --output text 2>/dev/null \
    || aws s3api head-bucket --bucket "$1" --query BucketRegion --output text) || return
  # Names that older regions have there.
  case $found in
    None) echo us-east-1 ;;
    EU) echo eu-west-1 ;;
    *) echo "$found" ;;
  esac
}

# The images of this project, a line each with tag and digest, the oldest first: signatures, and what others push, have
# other tags.
own_images() {
  local all
  all=$(unless RepositoryNotFoundException aws ecr list-images --repository-name "$IMAGE_REPOSITORY" \
    --filter tagStatus=TAGGED --query 'imageIds[].[imageTag, imageDigest]' --output text) || exit
  { grep -E "^${PROJECT_ID:+$PROJECT_ID-}[0-9]{8}-[0-9]{6}[[:space:]]" <<<"$all" || true; } | sort
}

# Deletes an image by its tag. Prints why ECR has kept it, where it has: the call itself does not fail then.
delete_image() {
  unless RepositoryNotFoundException aws ecr batch-delete-image --repository-name "$IMAGE_REPOSITORY" \
    --image-ids "imageTag=$1" --query "failures[?failureCode!='ImageNotFound'].failureReason" --output text | sed '/^None$/d'
}

# The only form of an image's manifest that SageMaker takes, and the form of one in ECR.
export MANIFEST_TYPE=application/vnd.docker.distribution.manifest.v2+json
manifest_type() {
  aws ecr describe-images --repository-name "$IMAGE_REPOSITORY" --image-ids "$1" \
    --query 'imageDetails[0].imageManifestMediaType' --output text
}

# The ARN of what SageMaker calls so: endpoint, endpoint-config or model, and its name.
arn() {
  local partition=${CALLER#arn:}
  LC_ALL=C tr '[:upper:]' '[:lower:]' <<<"arn:${partition%%:*}:sagemaker:$AWS_REGION:$ACCOUNT:$1/$2"
}

# A tag of such a thing, by default the project that it belongs to; "None" without one; empty where there is no such thing.
owner() {
  # Also of one that was deleted since it was listed.
  unless 'ould not find|[Nn]ot found|cannot be found|NotFound' aws sagemaker list-tags \
    --resource-arn "$(arn "$1" "$2")" --output text --query "Tags[?Key=='${3:-$OWN_TAG}'].Value | [0]"
}

# Sets owner, whose the endpoint is that has a status; where it has gone since, status is empty, too.
find_owner() {
  owner=''
  [[ -n $status ]] || return 0
  owner=$(owner endpoint "$PROJECT_NAME") || exit
  [[ -z $owner ]] || return 0
  status=$(look) || exit
  [[ -z $status ]] || fail "AWS does not say whose the endpoint $PROJECT_NAME is, which is $status: it was not touched"
}

# What lists add to the name of an endpoint configuration of ours; nothing where its endpoint is known to have served with it.
unproven() {
  local since
  since=$(owner endpoint-config "$1" "$SERVED_TAG") || exit
  [[ ${since:-None} != None ]] || echo "  (not known to have served)"
}

# The name of a model or an endpoint-config, where there is one of that name.
find_one() {
  local kind=$1 name=$2 field=ModelName
  [[ $kind == model ]] || field=EndpointConfigName
  unless "Could not find" aws sagemaker "describe-$kind" "--$kind-name" "$name" --query "$field" --output text
}

# The names of this project's endpoint configurations, or of its models: those that deploy.sh gave, and that carry its
# tag. The oldest are first.
ours() {
  local kind=$1 list=list-models query='Models[].ModelName' names name found
  [[ $kind == model ]] || { list=list-endpoint-configs query='EndpointConfigs[].EndpointConfigName'; }
  # bash goes on after a failure within $(…), unless told so.
  names=$(aws sagemaker "$list" --name-contains "$PROJECT_NAME" --sort-by CreationTime --sort-order Ascending \
    --query "$query" --output text | tr '\t' '\n') || exit
  for name in $names; do
    [[ $name =~ ^$PROJECT_NAME-[0-9a-f]{12}$ ]] || continue
    found=$(owner "$kind" "$name") || exit
    [[ $found != "$PROJECT" ]] || echo "$name"
  done
}

# Deletes a model or an endpoint-config, where there is one of that name: of whoever may only delete what carries this
# project's tag (deploy/iam), AWS does not take it that they delete what is not there.
remove_one() {
  local kind=$1 name=$2 found
  found=$(find_one "$kind" "$name") || exit
  [[ -z $found ]] || unless "Could not find" aws sagemaker "delete-$kind" "--$kind-name" "$name"
}

# Deletes an endpoint configuration of ours and the model of the same name, as far as they are there.
remove() {
  remove_one endpoint-config "$1"
  remove_one model "$1"
}

# The endpoint's status; empty where there is none. That asking fails once or twice is no reason to give up.
look() {
  local error tries=0
  # The status alone is printed: not what bash says beside it, as where a script is traced.
  {
    until error=$(unless "Could not find" endpoint EndpointStatus 2>&1 >&3); do
      ((++tries < 4)) || code=4 fail "AWS cannot be asked how the endpoint is: ${error#*: }
What was begun goes on. When AWS can be asked again, run this script again, or look with:
  aws sagemaker describe-endpoint --region $AWS_REGION --endpoint-name $PROJECT_NAME"
      sleep 15
    done
  } 3>&1
}

# Deletes the endpoint, and waits until it is gone; sets status. It may be on its way already: by an answer that was lost,
# or by another run.
delete_endpoint() {
  unless 'Could not find|in-progress' aws sagemaker delete-endpoint --endpoint-name "$PROJECT_NAME"
  settle
}

# Waits while the endpoint changes; sets status. Not `aws sagemaker wait`: that goes on for an hour when an update's
# rollback has failed.
settle() {
  status=$(look) || exit
  while [[ $status == *ing || $status == RollingBack ]]; do
    sleep 15
    status=$(look) || exit
  done
}

# Fails where the endpoint is another's.
refuse_others() {
  local found=$1
  [[ $found == "$PROJECT" ]] && return
  [[ $found == None ]] && found="carries no tag of this project" || found="belongs to the project $found"
  fail "the endpoint $PROJECT_NAME $found, and this project is $PROJECT: it was not touched. Give this project another
name (PROJECT_NAME in deploy/settings.sh) or, if the endpoint is to become this project's, run deploy/deploy.sh --adopt"
}

# shellcheck shell=bash disable=SC2034,SC2154 # at_exit is for, name and tags are of, the scripts that this is sourced with
# Sourced by deploy.sh and rollback.sh: how the endpoint comes to run another configuration, and what is done when it
# does not.

# Sets status, owner, running (the configuration that answers) and pending (the one that is about to).
find_endpoint() {
  local found
  status='' owner='' running='' pending=''
  found=$(unless "Could not find" endpoint \
    '[EndpointStatus, EndpointConfigName, PendingDeploymentSummary.EndpointConfigName]')
  [[ -n $found ]] || return 0
  read -r status running pending <<<"$found"
  find_owner
  [[ -n $status ]] || running='' pending=''
}

adopt_endpoint() {
  echo "Adopting the endpoint $PROJECT_NAME${owner:+, until now of: $owner}"
  aws sagemaker add-tags --resource-arn "$(arn endpoint "$PROJECT_NAME")" --tags "${tags[@]}" --output text >/dev/null
  owner=$PROJECT
}

# Refuses where the endpoint changes; sets is_under_way where it changes to just this.
begin() {
  is_under_way='' creates='' began=$(date +%s) made=()
  case $status in
    '' | Failed) ;;
    InService) [[ $running == "$name" ]] || echo "Updating the endpoint $PROJECT_NAME, which runs $running" ;;
    Creating | Updating)
      [[ $pending == "$name" || ($status == Creating && $running == "$name") ]] \
        || fail "the endpoint $PROJECT_NAME is $status, by another deployment: wait until that is done"
      is_under_way=yes
      [[ $status != Creating ]] || creates=yes
      echo "The endpoint $PROJECT_NAME is $status to just this: waiting for it"
      ;;
    *ing | RollingBack) fail "the endpoint $PROJECT_NAME is $status: wait until that is done" ;;
    *) fail "the endpoint $PROJECT_NAME is $status: $(way_out)" ;;
  esac
}

# What to do with an endpoint that neither is in service nor changes.
way_out() {
  if [[ $status == UpdateRollbackFailed ]]; then
    echo "it answers, with a mix of the old and the new configuration. How it is mended, is on
https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-rolling.html
Or remove it with deploy/undeploy.sh: then nothing answers until deploy/deploy.sh has made it anew"
  else
    echo "remove it with deploy/undeploy.sh, and run deploy/deploy.sh again"
  fi
}

# Whether the endpoint runs a configuration, or is about to: an answer of AWS may be lost after what was asked for has
# been done. 2 where that cannot be told.
is_used() {
  local of=$1 found
  found=$(unless "Could not find" endpoint \
    '[EndpointConfigName, PendingDeploymentSummary.EndpointConfigName]' 2>/dev/null) || return 2
  [[ " ${found//$'\t'/ } " == *" $of "* ]]
}

# Creates a model or an endpoint-config. One that is there by now is of another run, which uses it: this one then deletes
# nothing of that name.
create() {
  local made_it
  made_it=$(unless "already existing" "$@") || exit
  echo "${made_it:-There is one by now: $name}"
  [[ -n $made_it ]] || made=()
}

# Deletes what this run made, unless the endpoint may have come to use it; tries both, whatever fails.
undo() {
  [[ -n ${made[*]-} ]] || return
  is_used "$name"
  case $? in
    0) echo "The endpoint $PROJECT_NAME uses $name: it is kept" >&2 && return ;;
    2) echo "It cannot be told whether the endpoint $PROJECT_NAME uses $name: it is kept, and taken up by the next run" >&2 && return ;;
  esac
  for kind in endpoint-config model; do
    # What was asked for, and refused, is not there.
    [[ " ${made[*]} " != *" $kind "* ]] \
      || (remove_one "$kind" "$name") || true
  done
}

# The end of what the containers have printed meanwhile, without what controls a terminal, and where the rest is.
read_log() {
  local group=/aws/sagemaker/Endpoints/$PROJECT_NAME lines tries=0
  # They get there some seconds after they were printed.
  until lines=$(aws logs filter-log-events --log-group-name "$group" --start-time "${began}000" \
    --query 'events[].[message]' --output text 2>/dev/null | tail -n 20) \
    && [[ -n $lines ]]; do
    ((++tries < 2)) || break
    sleep 10
  done
  [[ -z $lines ]] || printf '\nThe last lines of its log:\n%s\n\n' "$lines"
  echo "Its log, if the container started, is in CloudWatch:"
  echo "  aws logs filter-log-events --region $AWS_REGION --log-group-name $group"
}

# Sets update, the options of an update to so many instances; refuses what AWS would, before anything is made for it.
plan_update() {
  local count=$1 was variants policy
  update=()
  [[ -n $running && -z ${is_under_way:-} && $status != Failed ]] || return 0
  was=$(unless "Could not find" aws sagemaker describe-endpoint-config --endpoint-config-name "$running" \
    --query "[ProductionVariants[0].InitialInstanceCount, join('+', ProductionVariants[].VariantName)]" --output text)
  [[ -n $was ]] || fail "someone has deleted the configuration $running, with which the endpoint $PROJECT_NAME runs, and
AWS updates no endpoint without it. It goes on to answer; deploy/undeploy.sh and then deploy/deploy.sh make it anew"
  read -r was variants <<<"$was"
  # As many instances as autoscaling has made of them, unless settings.sh asks for another number than before.
  if [[ $was == "$count" ]]; then
    update+=(--retain-all-variant-properties)
    [[ ${UPDATE:-all-at-once} == all-at-once ]] || count=$(endpoint 'ProductionVariants[0].DesiredInstanceCount')
  fi
  policy=$(deployment_policy "$count")
  [[ -n $policy ]] || return 0
  update+=(--deployment-config "$policy")
  [[ $variants == AllTraffic && $was != None ]] || fail "UPDATE and ALARMS are for an endpoint with one variant on instances, which keeps its name, and $running
has ${variants//+/, }$([[ $was != None ]] || echo ', serverless'), where AllTraffic is to come: set UPDATE=all-at-once and ALARMS='' this time"
  [[ $INSTANCE_TYPE != ml.inf1.* ]] || fail "AWS takes UPDATE and ALARMS for no $INSTANCE_TYPE: set UPDATE=all-at-once and ALARMS=''"
}

# Has the endpoint run a configuration, and waits until it does.
change_to() {
  local to=$1 change now reason used deleted said
  if [[ -z ${is_under_way:-} ]]; then
    if [[ -z $status ]]; then
      creates=yes
      change=(create-endpoint --tags "${tags[@]}")
    else
      change=(update-endpoint ${update[@]+"${update[@]}"})
    fi
    # Whoever is stopped from here on has asked for it: the next run goes on.
    if ! { said=$(aws sagemaker "${change[@]}" --endpoint-name "$PROJECT_NAME" --endpoint-config-name "$to" \
      --output text 2>&1 >&3); } 3>&1; then
      echo "${said#$'\n'}" | printable >&2
      used=0
      is_used "$to" || used=$?
      [[ $used != 1 || $said != *'(ResourceLimitExceeded)'* ]] || fail "the endpoint $PROJECT_NAME was not changed, for the reason above: ask for more of
\"$INSTANCE_TYPE for endpoint usage\" in Service Quotas, or set another INSTANCE_TYPE for $PLATFORM in deploy/settings.sh${OTHER_TYPES:+, as one
of $OTHER_TYPES}. While an update goes on, it takes the new instances beside the old ones, but for UPDATE=rolling"
      case $used in
        1) fail "the endpoint $PROJECT_NAME was not changed, for the reason above. Where that speaks of something that is
not there, or of an endpoint that exists or is in progress, someone else has changed it meanwhile: run this again" ;;
        2) code=4 fail "it cannot be told whether the endpoint $PROJECT_NAME changes, for the reason above: run this again" ;;
      esac
    fi
  fi
  at_exit=
  [[ -n $creates ]] || aws sagemaker add-tags --resource-arn "$(arn endpoint "$PROJECT_NAME")" --output text \
    --tags "Key=$BY_TAG,Value=${CALLER//,/_}" >/dev/null || echo "Who changed the endpoint could not be noted" >&2
  echo "Waiting for the endpoint $PROJECT_NAME to be in service: some minutes ..."
  settle
  [[ -n $status ]] || removed
  reason=$(unless "Could not find" endpoint FailureReason) || exit
  [[ -n $reason ]] || removed
  if [[ $status == Failed && -n $creates ]]; then
    reason+=$'\n'$(read_log)
    at_exit=undo
    deleted=$(delete_endpoint 2>&1 >/dev/null) && deleted="It was deleted again" || deleted="It is there still: ${deleted#*: }"
    code=3 fail "the endpoint is Failed: $reason
$deleted$(no_capacity "$reason")"
  fi
  [[ $status == InService ]] || code=3 fail "the endpoint is $status: $reason
$(read_log)
What to do: $(way_out)"
  now=$(unless "Could not find" endpoint EndpointConfigName) || exit
  [[ -n $now ]] || removed
  [[ $now == "$to" ]] && return
  at_exit=undo
  code=3 fail "SageMaker went back to $now, which is in service: $reason
$(read_log)$(no_capacity "$reason")"
}

no_capacity() {
  [[ $1 != *[Cc]apacity* ]] || printf '\n%s' "There are too few $INSTANCE_TYPE${INSTANCE_POOL:+ and $INSTANCE_POOL} here just now: try again later, or set another INSTANCE_TYPE for $PLATFORM in
deploy/settings.sh${OTHER_TYPES:+; INSTANCE_POOL there may name some that are tried in its place, of $OTHER_TYPES}"
}

# How traffic goes over to the new instances (UPDATE), in JSON, for so many of them; empty: SageMaker's own way.
deployment_policy() {
  local count=$1 alarms='' alarm shift
  for alarm in ${ALARMS:-}; do
    formed "an alarm in ALARMS" "$alarm" '[A-Za-z0-9._:/#@+=-]{1,255}'
    alarms+="${alarms:+, }{\"AlarmName\": \"$alarm\"}"
  done
  [[ -z $alarms ]] || alarms=", \"AutoRollbackConfiguration\": {\"Alarms\": [$alarms]}"
  local wait=${UPDATE_WAIT:-300} size='' share=10
  case ${UPDATE:-all-at-once} in
    all-at-once) shift="\"Type\": \"ALL_AT_ONCE\", \"WaitIntervalInSeconds\": $wait" ;;
    canary | linear | rolling)
      ((count > 1)) || fail "UPDATE=$UPDATE needs two instances or more, and the endpoint has $count: set UPDATE=all-at-once"
      # As few instances at once as AWS takes: a tenth of them in a linear update, a twentieth in a rolling one.
      [[ $UPDATE != rolling ]] || share=20
      [[ $UPDATE == canary ]] && size=1 || size=$(((count + share - 1) / share))
      size="{\"Type\": \"INSTANCE_COUNT\", \"Value\": $size}"
      shift="\"Type\": \"CANARY\", \"WaitIntervalInSeconds\": $wait, \"CanarySize\": $size"
      [[ $UPDATE != linear ]] || shift=${shift//CANARY/LINEAR} shift=${shift/CanarySize/LinearStepSize}
      ;;
    *) fail "UPDATE is $UPDATE: it takes all-at-once, canary, linear or rolling" ;;
  esac
  [[ ${UPDATE:-all-at-once} != all-at-once || -n $alarms ]] || return 0
  if [[ ${UPDATE:-} == rolling ]]; then
    echo "{\"RollingUpdatePolicy\": {\"MaximumBatchSize\": $size, \"WaitIntervalInSeconds\": $wait}$alarms}"
  else
    echo "{\"BlueGreenUpdatePolicy\": {\"TrafficRoutingConfiguration\": {$shift}, \"TerminationWaitInSeconds\": 0}$alarms}"
  fi
}

# Ends where another run has deleted the endpoint.
removed() {
  at_exit=undo
  code=3 fail "the endpoint $PROJECT_NAME was removed meanwhile"
}

# Sends the request in SMOKE_TEST, which the endpoint has to answer: what answers /ping alone is in service, too.
try_out() {
  local said type=application/json tries=0
  if [[ ! -f $SMOKE_TEST ]]; then
    echo "Whether it answers was not checked: SMOKE_TEST in deploy/settings.sh ${SMOKE_TEST:+names a file that is not there: }${SMOKE_TEST:-names no file}"
    return
  fi
  [[ $SMOKE_TEST != *.csv ]] || type=text/csv
  until said=$(aws sagemaker-runtime invoke-endpoint --endpoint-name "$PROJECT_NAME" --body "fileb://$SMOKE_TEST" \
    --content-type "$type" --accept "$type" --output text /dev/null 2>&1); do
    case $said in
      *'client error ('*) tries=3 ;;
      *' not found'*)
        status=$(look) || exit
        [[ -n $status ]] || removed
        ;;
      *AccessDenied*)
        echo "Whether it answers was not checked: you may not call it (sagemaker:InvokeEndpoint)"
        return
        ;;
    esac
    ((++tries < 3)) || code=5 fail "the endpoint $PROJECT_NAME is in service with $name, but does not answer the request in $SMOKE_TEST:
${said#$'\n'}
Look at its log: deploy/logs.sh --last-failure; deploy/rollback.sh goes back to what ran before. If that is no request of this
model, have SMOKE_TEST in deploy/settings.sh name a file with one, or none"
    sleep 15
  done
  echo "It answers the request in $SMOKE_TEST"
}

# Tries out the endpoint, and notes that it serves with its configuration: to no other does rollback.sh go by itself.
prove() {
  local doubts
  try_out
  doubts=$(unproven "$name") || exit
  [[ -z $doubts ]] || aws sagemaker add-tags --resource-arn "$(arn endpoint-config "$name")" --output text \
    --tags "Key=$SERVED_TAG,Value=$(date -u +%Y-%m-%dT%H:%M:%SZ)" >/dev/null \
    || echo "That $name has served could not be noted: deploy/rollback.sh goes back to it by its name or number only" >&2
}

# The deployments of ours that are neither running nor among the newest KEEP beside it. By their models, which are made
# first and deleted last: also what is left of one that was interrupted.
old_ones() {
  local all one kept=()
  all=$(ours model) || exit
  for one in $all; do
    [[ $one == "$1" ]] || kept+=("$one")
  done
  for ((one = 0; one < ${#kept[@]} - ${KEEP:-5}; one++)); do
    echo "${kept[one]}"
  done
}

prune() {
  local old one used
  old=$(old_ones "$name")
  for one in $old; do
    # Another run may have gone back to it meanwhile.
    used=0
    is_used "$one" || used=$?
    ((used < 2)) || code=5 fail "it cannot be told whether the endpoint $PROJECT_NAME uses $one, which is older than the last ${KEEP:-5}
(KEEP in deploy/settings.sh): it is kept until the next run"
    ((used == 1)) || continue
    remove "$one"
    echo "Deleted $one, which is older than the last ${KEEP:-5} (KEEP in deploy/settings.sh)"
  done
}

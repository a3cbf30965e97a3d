#!/usr/bin/env bash
# Prints what the containers of the endpoint have written to CloudWatch Logs in the last hour.
#   --follow        goes on with what they write, until Ctrl-C
#   --request ID    only lines about one request: the id that the caller gave, or that the answer had
#   --last-failure  the reason for the endpoint's last failure, and the last lines with an error: of instances whose
#                   container did not come up, where that can be told
[ -n "${BASH_VERSION:-}" ] || exec bash "$0" "$@" # where sh is asked to run it
set -euo pipefail
# shellcheck disable=SC2034 # common.sh reads it
OPTIONS='*'
# shellcheck source=common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
follow='' request='' failure=''
while (($#)); do
  case $1 in
    --follow) follow=yes ;;
    --last-failure) failure=yes ;;
    --request)
      request=${2:-}
      # It becomes a part of a filter, between double quotes.
      [[ $request =~ ^[A-Za-z0-9._:/+=@-]+$ ]] || usage_error "--request takes an id, of letters, digits and . _ : / + = @ -"
      shift
      ;;
    *) usage_error "takes --follow, --request ID and --last-failure, not $(printf %q "$1")" ;;
  esac
  shift
done
[[ -z $failure || -z $follow$request ]] || usage_error "--last-failure goes with no other option"

group=/aws/sagemaker/Endpoints/$PROJECT_NAME
# Lines since a time in milliseconds: when, from which container, what; without what controls a terminal.
lines() {
  local since=$1 filter=${2:-}
  unless ResourceNotFoundException aws logs filter-log-events --log-group-name "$group" --start-time "$since" \
    ${filter:+--filter-pattern "$filter"} --query 'events[].[timestamp, logStreamName, message]' --output text \
    | tr -d '\000-\010\013-\037\177'
}
print() {
  while IFS=$'\t' read -r when stream message; do
    [[ -z $when || $when == None ]] || printf '%s  %s\n' "${stream##*/}" "$message"
  done
}

# Of lines, those with an error; without those of instances whose container has said that it serves, unless all are asked for.
errors() {
  awk -F '\t' -v all="${1:-}" '
    NF > 2 && /"event":"serving"|Application startup complete/ { up[$2] = 1; next }
    NF > 2 && /ERROR|Error|error|Traceback|Killed/ { of[++n] = $2; line[n] = $0 }
    END { for (i = 1; i <= n; i++) if (all || !(of[i] in up)) print line[i] }'
}

if [[ -n $failure ]]; then
  reason=$(unless "Could not find" endpoint FailureReason)
  [[ ${reason:-None} == None ]] || printf 'The endpoint %s: %s\n\n' "$PROJECT_NAME" "$reason"
  # Of a week: the last failure need not be of today.
  found=$(lines "$(($(date +%s) - 604800))000" \
    '?ERROR ?Error ?error ?Traceback ?Killed ?serving ?"Application startup complete"')
  every=$(errors all <<<"$found")
  failed=$every
  # An alarm goes off by what serves, and where nothing failed to start, errors are those of requests.
  [[ ${reason:-None} == None || $reason == *[Aa]larm* ]] || failed=$(errors <<<"$found")
  [[ -n $failed ]] || failed=$every
  [[ -n $failed ]] || echo "There is no line with an error in $group, of the last week"
  shown=$(tail -n 20 <<<"$failed")
  print <<<"$shown"
  if [[ $failed != "$every" ]]; then
    printf '\n%s\n' "Lines of instances whose container came up are left out: deploy/logs.sh prints those of the last hour"
  fi
  instances=$(cut -f 2 <<<"$shown" | sort -u | wc -l)
  [[ ${reason:-None} == None ]] || ((instances < 2)) \
    || printf '\n%s\n' "These lines are of $((instances)) instances. Which of them failed, AWS does not say, and their logs do not tell"
  exit
fi

since=$(($(date +%s) - 3600))000
printed=$(lines "$since" "${request:+\"$request\"}")
print <<<"$printed"
[[ -n $printed ]] || echo "There is nothing${request:+ of $request} in $group, of the last hour" >&2
failed=0
# Where a command ends by itself as Ctrl-C is pressed, bash takes that for the command's own, and goes on.
[[ -z $follow ]] || trap 'trap - INT; kill -INT $$; exit 130' INT
while [[ -n $follow ]]; do
  sleep 2
  # Begun anew at the last that was printed, which is left out by being the same.
  since=$(awk -F '\t' 'NF > 2 && $1 ~ /^[0-9]+$/ { last = $1 } END { print last }' <<<"$printed")
  # That asking fails once or twice is no reason to give up.
  more=$(lines "${since:-$(date +%s)000}" "${request:+\"$request\"}") || {
    ((++failed < 4)) || exit 1
    continue
  }
  failed=0
  grep -vxF -f <(echo "${printed:-none}") <<<"$more" | print || true
  printed=${more:-$printed}
done

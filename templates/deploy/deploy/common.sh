# shellcheck shell=bash
# Sourced by the scripts beside it: the values, and what several of them do.

# What they end with. --help prints it.
EXIT_CODES="Exit codes: 0 done, or nothing to do; 1 refused or failed: the next run goes on from there; 2 wrong arguments;
3 the endpoint does not run what was asked for; 4 the change may go on, but AWS cannot be asked; 5 the endpoint runs what
was asked for, and something after that failed; above 128 ended by a signal, as Ctrl-C."

# What is looked at before a script has set it: the environment may have variables of these names.
unset code at_exit is_under_way

# What others have made up, as a container its answer, moves no cursor and sets no title. \r is among it, with which lines
# end on Windows.
printable() {
  tr -d '\000-\010\013-\037\177'
}

# Ends with one of those codes. No program ends with what is added to them where they have a meaning of their own.
end() {
  exit "$(($1 < 2 ? $1 : $1 + 160))"
}

fail() {
  echo "$(basename "$0"): $*" | printable >&2
  end "${code:-1}"
}

usage_error() {
  code=2 fail "$*"
}

# At the end of every script: what at_exit names, and one of the codes above for whatever else has ended it, as tar does
# with 2. What failed has said why.
finish() {
  local ended=$?
  set +e
  ${at_exit:-:}
  ((ended < 162 || ended > 165)) || exit "$((ended - 160))"
  # Signals go on as they are.
  if ((ended > 1 && (ended < 129 || ended > 159))); then
    echo "$(basename "$0"): ended by the error above. Run it again once that is mended: it goes on from there" >&2
    ended=1
  fi
  ((ended != 1)) || exit "${code:-1}"
}
trap finish EXIT

# Where bash is asked to be sh, as by `sh deploy/deploy.sh` on macOS, versions before 5.1 know no <(…).
set +o posix
# Nor have all locales a-z for the letters that names are made of: those of Turkish have no i in it, of Latvian no y. What
# is called from here keeps the user's.
LANG=${LC_ALL:-${LANG:-C}}
export LANG
unset LC_ALL
LC_ALL=C

# What a script does, its first comment says.
case " $* " in
  *' -h '* | *' --help '*)
    echo "usage: $0    (takes its values from deploy/settings.sh)"
    sed -n '/^set/q; /^#!/d; s/^# \{0,1\}//p' "$0"
    echo "$EXIT_CODES"
    exit
    ;;
esac

# A script that takes arguments has set OPTIONS before: its options, or * where it looks at them itself.
for argument in "$@"; do
  [[ ${OPTIONS:-} == '*' || " ${OPTIONS:-} " == *" $argument "* ]] \
    || usage_error "takes ${OPTIONS:-no arguments}, not $(printf %q "$argument"): its values are in deploy/settings.sh"
done
given=" $* "

# Whether an option was given.
option() {
  [[ $given == *" $1 "* ]]
}

# Where CDPATH is set, cd may end in another project's folder; a cd of BASH_ENV may print something.
unset CDPATH
unset -f cd || true
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit
! grep -q $'\r' deploy/settings.sh \
  || fail "deploy/settings.sh has the line ends of Windows, and bash none of its values: save it with LF"
[[ $(head -c 3 deploy/settings.sh) != $'\xef\xbb\xbf' ]] \
  || fail "deploy/settings.sh begins with a byte order mark, which bash takes for a command: save it as UTF-8 without one"
# Of the environment: deploy.sh says so.
export role_given=${ROLE_ARN:-}
region_given=${AWS_REGION:-${AWS_DEFAULT_REGION:-}}
# shellcheck source=settings.sh
. deploy/settings.sh
[[ ${region_given:-$AWS_REGION} == "$AWS_REGION" ]] \
  || echo "$(basename "$0"): the region is $AWS_REGION, from deploy/settings.sh, and not $region_given, as the environment says" >&2

# What names are made of, before anything is made: with what scripts add to them they may be too long for AWS.
[[ $PROJECT_NAME =~ ^[a-zA-Z0-9](-*[a-zA-Z0-9])*$ && ${#PROJECT_NAME} -le 50 ]] \
  || fail "PROJECT_NAME in deploy/settings.sh is $(printf %q "$PROJECT_NAME"): it takes at most 50 letters, digits and hyphens,
starting and ending with a letter or digit"
[[ $IMAGE_REPOSITORY =~ ^[a-z0-9]+([._/-]+[a-z0-9]+)*$ && ${#IMAGE_REPOSITORY} -ge 2 && ${#IMAGE_REPOSITORY} -le 256 ]] \
  || fail "IMAGE_REPOSITORY in deploy/settings.sh is $(printf %q "$IMAGE_REPOSITORY"): it takes 2 to 256 lower case letters and digits,
with . _ - / between them"

# A setting of another form would be found out, or not, by whatever comes upon it: when the endpoint is changed already.
setting() {
  local name=$1 form=$2 takes=$3
  [[ ${!name-} =~ ^($form)$ ]] || fail "$name in deploy/settings.sh is $(printf %q "${!name-}"): it takes $takes"
}
setting INSTANCE_COUNT '[1-9][0-9]{0,3}' "a whole number from 1 on"
setting KEEP '|0|[1-9][0-9]{0,2}' "a whole number"
setting UPDATE_WAIT '|0|[1-9][0-9]{0,3}' "whole seconds"
# In JSON.
texts_by_name() {
  local text='"([^"\\]|\\.)*"' blank='[[:space:]]*' pair
  pair=$text$blank:$blank$text$blank
  echo "$blank\\{$blank($pair(,$blank$pair)*)?\\}$blank"
}
setting CONTAINER_ENVIRONMENT "$(texts_by_name)" 'texts by their names in JSON, as {"LOG_LEVEL": "debug"}'

# The AWS CLI. On Windows its lines end in CR; its own exit codes are none of the codes above, but for those of signals.
aws() {
  local ended=0
  command aws "$@" | printable || ended=$?
  ((ended == 0 || (ended > 128 && ended < 160))) || ended=255
  return "$ended"
}

need() {
  # The program, and not a function such as aws above.
  type -P "$1" >/dev/null || fail "$1 is not installed: $2"
}

# Runs a command; goes on, without output, when AWS refuses it for a reason that is expected, a regular expression: words
# alone may be those of a proxy, whose 404 says nothing of what there is. What it prints never holds what the AWS CLI has to
# say beside it: some print warnings with every call.
unless() {
  local expected=$1 error of_aws='An error occurred \([A-Za-z.]+\) when'
  shift
  { error=$("$@" 2>&1 >&3) || [[ $error =~ $of_aws && $error =~ $expected ]] || fail "${error#$'\n'}"; } 3>&1
}

# Fails unless a value from elsewhere has the form of such values here: it becomes a part of JSON, and of commands.
formed() {
  local what=$1 value=$2 form=$3
  [[ $value =~ ^($form)$ ]] || fail "$what is $(printf %q "$value"), which has not the form of one: nothing was done with it"
}

# The first twelve digits of the SHA-256 of standard input.
short_hash() {
  local sha256=(sha256sum)
  command -v sha256sum >/dev/null || sha256=(shasum -a 256)
  "${sha256[@]}" | cut -c 1-12
}

# shellcheck source=resources.sh
. deploy/resources.sh

# No pager and no prompt: version 2 of the AWS CLI would wait in them on a terminal, or fail where there is none. Output
# and errors in a form that every version has: a configuration for version 2 may ask for another.
export AWS_PAGER='' AWS_CLI_AUTO_PROMPT=off AWS_DEFAULT_OUTPUT=json AWS_CLI_ERROR_FORMAT=legacy
need aws "see https://aws.amazon.com/cli/"
identity=$(aws sts get-caller-identity --query '[Account, Arn]' --output text) \
  || fail "AWS does not say who you are, for the reason above. Sign in, for instance with aws configure or aws sso login;
where it could not be reached, look at the network, its proxy, and the region: $AWS_REGION"
read -r ACCOUNT CALLER <<<"$identity"
formed "the AWS account" "$ACCOUNT" '[0-9]{12}'
formed "who is signed in" "$CALLER" 'arn:aws[a-z-]*:[a-z]+::[0-9]{12}:[A-Za-z0-9+=,.@_/-]+'

# Fails where the role is none, or of another account.
check_role() {
  formed "the ARN of the role" "$ROLE_ARN" 'arn:aws[a-z-]*:iam::[0-9]{12}:role/[A-Za-z0-9+=,.@_/-]+'
  [[ $ROLE_ARN == arn:*:iam::"$ACCOUNT":role/* ]] \
    || fail "you are signed in to the account $ACCOUNT, but the role is of another: $ROLE_ARN. Sign in to that account
(AWS_PROFILE), or set ROLE_ARN"
}
[[ -z ${ROLE_ARN:-} ]] || check_role

# What belongs to this project carries this tag. Projects that were made before there were ids have none.
OWN_TAG=ml-container-creator:project
PROJECT=$PROJECT_NAME${PROJECT_ID:+-$PROJECT_ID}
tags=("Key=$OWN_TAG,Value=$PROJECT" "Key=ml-container-creator:managed-by,Value=ml-container-creator")
# Of all lines: read ends with 1 at the end of the text.
read -r -d '' -a own_tags <<<"${TAGS:-}" || true
for tag in ${own_tags[@]+"${own_tags[@]}"}; do
  [[ $tag == Key=?*,Value=* ]] || fail "TAGS holds $(printf %q "$tag"): it takes Key=…,Value=… and more of these, with blanks between them"
  tags+=("$tag")
done
# Who it was. Tags have no commas.
BY_TAG=ml-container-creator:by
tags+=("Key=$BY_TAG,Value=${CALLER//,/_}")
# Since when an endpoint configuration is known to have served.
SERVED_TAG=ml-container-creator:served
export OWN_TAG BY_TAG SERVED_TAG PROJECT CALLER tags own_tags

# shellcheck shell=bash disable=SC2154 # what is planned is of the script that sources this
# Sourced by deploy.sh --plan: what it would do.

# The price of such an instance for an hour, in US dollars, by AWS's price list; empty where that does not say it, or one
# may not ask for it. It is kept in us-east-1 for all regions.
price() {
  local listed
  listed=$(AWS_MAX_ATTEMPTS=1 aws pricing get-products --region us-east-1 --cli-connect-timeout 5 \
    --service-code AmazonSageMaker --query PriceList --output text --filters \
    "Type=TERM_MATCH,Field=regionCode,Value=$AWS_REGION" "Type=TERM_MATCH,Field=instanceName,Value=$1" \
    Type=TERM_MATCH,Field=component,Value=Hosting 2>/dev/null | grep -oE '"USD" ?: ?"[0-9.]+"' | grep -oE '[0-9.]+' | sort -u) || return 0
  [[ ! $listed =~ ^[0-9]+[.][0-9]+$ ]] || echo "$listed"
}

echo "Image $IMAGE"
echo "Model ${MODEL_DATA:-from the Hugging Face Hub, by the container itself}"
if [[ -n $status && $owner != "$PROJECT" ]]; then
  [[ $owner != None ]] || owner="no project"
  echo "! the endpoint $PROJECT_NAME belongs to $owner: only with --adopt would this go on"
fi
if [[ $running == "$name" && $status == InService ]]; then
  echo "= the endpoint $PROJECT_NAME runs $name already: nothing to do"
  return 0
fi
for kind in model endpoint-config; do
  found=$(find_one "$kind" "$name")
  [[ -n $found ]] && sign='=' what='is there already' || sign='+' what='would be created'
  echo "$sign $kind $name $what"
done
if [[ -z $status ]]; then
  echo "+ endpoint $PROJECT_NAME would be created"
elif [[ $status == Failed ]]; then
  echo "~ endpoint $PROJECT_NAME, which is Failed, would be deleted and created again"
else
  plan_update "$INSTANCE_COUNT"
  echo "~ endpoint $PROJECT_NAME ($status) would be updated from $running${update[*]+, by ${UPDATE:-all-at-once}}"
  [[ $status == InService ]] || echo "! but not before it is InService"
fi
old=$(old_ones "$name")
for one in $old; do
  echo "- endpoint-config and model $one would be deleted: older than the last ${KEEP:-5}"
done
each=$(price "$INSTANCE_TYPE")
hour="a price that is not known here, see https://aws.amazon.com/sagemaker/ai/pricing/"
[[ -z $each ]] || hour=$(LC_ALL=C awk "BEGIN { printf \"%.4g USD per hour, by AWS's price list\", $INSTANCE_COUNT * $each }")
echo "It would run on $INSTANCE_COUNT × $INSTANCE_TYPE, at $hour"

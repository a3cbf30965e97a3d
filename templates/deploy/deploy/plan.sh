# shellcheck shell=bash disable=SC2154 # what is planned is of the script that sources this
# Sourced by deploy.sh --plan: what it would do.

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
  echo "~ endpoint $PROJECT_NAME ($status) would be updated from $running"
  [[ $status == InService ]] || echo "! but not before it is InService"
fi
old=$(old_ones "$name")
for one in $old; do
  echo "- endpoint-config and model $one would be deleted: older than the last ${KEEP:-5}"
done
echo "It would run on $INSTANCE_COUNT × $INSTANCE_TYPE. Price per hour: unknown here, see https://aws.amazon.com/sagemaker/ai/pricing/"

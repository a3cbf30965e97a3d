# shellcheck shell=bash
# Sourced by deploy.sh: which image is deployed. IMAGE_DIGEST in the environment names one (sha256:…); else it is the
# newest that this project's build_and_push.sh has pushed, by its tag: signatures and what others push have other ones.

IMAGE_DIGEST=${IMAGE_DIGEST:-}
if [[ -z $IMAGE_DIGEST ]]; then
  own=$(own_images)
  [[ -n $own ]] || fail "no image of this project in $IMAGE_REPOSITORY of ECR: run deploy/build_and_push.sh first"
  read -r _ IMAGE_DIGEST <<<"${own##*$'\n'}"
fi
formed "the image's digest" "$IMAGE_DIGEST" 'sha256:[0-9a-f]{64}'
type=$(unless ImageNotFoundException manifest_type "imageDigest=$IMAGE_DIGEST")
[[ -n $type ]] || fail "there is no image $IMAGE_DIGEST in $IMAGE_REPOSITORY of ECR"
[[ $type == "$MANIFEST_TYPE" ]] \
  || fail "SageMaker refuses the image $IMAGE_DIGEST, since its manifest is $type: run deploy/build_and_push.sh again"
repository=$(repository_uri)
formed "the image's repository" "$repository" '[a-z0-9.-]+(:[0-9]+)?/[a-z0-9._/-]+'
export IMAGE=$repository@$IMAGE_DIGEST

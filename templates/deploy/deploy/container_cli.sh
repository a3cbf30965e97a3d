# shellcheck shell=bash
# Sourced by build_and_push.sh and test_local_image.sh: what builds and runs images here.

for one in docker podman finch nerdctl; do
  [[ -z ${CONTAINER_CLI:-} ]] || break
  ! command -v "$one" >/dev/null || CONTAINER_CLI=$one
done
if ! command -v "${CONTAINER_CLI:-docker}" >/dev/null; then
  echo "$(basename "$0"): ${CONTAINER_CLI:-docker} is not installed: see https://docs.docker.com/get-docker/, or set CONTAINER_CLI to podman, finch or nerdctl" >&2
  exit 1
fi
# By what it says of itself: a program called docker may be podman.
cli_version=$("$CONTAINER_CLI" --version 2>/dev/null) || cli_version=$CONTAINER_CLI
has_buildx=
[[ $cli_version == *podman* ]] || ! "$CONTAINER_CLI" buildx version >/dev/null 2>&1 || has_buildx=yes

# Builds the image of this project, with Docker's media types: SageMaker refuses OCI's, and the index that attestations
# would make.
build() {
  local how=(build)
  case $cli_version in
    *podman*) how+=(--format docker) ;;
    *finch* | *nerdctl*) how+=(--output "type=docker,oci-mediatypes=false") ;;
    *)
      if [[ -n $has_buildx ]]; then
        how=(buildx build --output "type=docker,oci-mediatypes=false")
        # Builders that do not know these options attest nothing.
        [[ $("$CONTAINER_CLI" buildx build --help) != *--provenance* ]] || how+=(--provenance=false --sbom=false)
      fi
      ;;
  esac
  DOCKER_BUILDKIT=1 "$CONTAINER_CLI" "${how[@]}" "$@" .
}

# Whether what the Dockerfile runs can run here for a platform, also by emulation; so, too, where that cannot be told.
can_build() {
  local wanted=${1#linux/} field='{{.Architecture}}' machine emulator
  [[ $cli_version != *podman* ]] || field='{{.Host.Arch}}'
  machine=$("$CONTAINER_CLI" info --format "$field" 2>/dev/null) || return 0
  case $machine in
    x86_64 | amd64) machine=amd64 ;;
    aarch64 | arm64) machine=arm64 ;;
    *) return 0 ;;
  esac
  [[ $machine != "$wanted" ]] || return 0
  if [[ -n $has_buildx ]]; then
    [[ $("$CONTAINER_CLI" buildx inspect --bootstrap 2>/dev/null) == *"linux/$wanted"* ]]
    return
  fi
  # Engines elsewhere, such as those in virtual machines, are asked by the build itself.
  [[ $(uname -s) == Linux && ${DOCKER_HOST:-unix:} == unix:* && -e ${BINFMT:=/proc/sys/fs/binfmt_misc}/status ]] || return 0
  [[ $wanted == arm64 ]] && emulator=qemu-aarch64 || emulator=qemu-x86_64
  grep -qs '^enabled' "$BINFMT/$emulator"
}

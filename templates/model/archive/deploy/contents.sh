# shellcheck shell=bash
# Sourced by the scripts beside it: what of model/ is uploaded, and its hash.

# Dot files are the leavings of editors and operating systems.
list_files() {
  (cd model && find -L . -type f -not -path '*/.*' -print0)
}

# Of the files, since archives of the same files differ by their times.
hash_contents() {
  local sha256=(sha256sum)
  command -v sha256sum >/dev/null || sha256=(shasum -a 256)
  (cd model && LC_ALL=C sort -z | xargs -0 "${sha256[@]}" | short_hash)
}

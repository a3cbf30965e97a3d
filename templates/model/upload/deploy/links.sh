# shellcheck shell=bash
# Sourced by upload_to_s3.sh, which follows links: none may take along another file of this machine.

# Fails where a folder holds a link that leads out of it; itself it may be one. In the Hub's cache all files are links,
# to the blobs of the same model.
refuse_links_out() {
  local own blobs='' link target out=''
  own=$(cd "$1" && pwd -P)
  [[ ! $own =~ ^(.+/models--[^/]+)/snapshots/[^/]+ ]] || blobs=${BASH_REMATCH[1]}/blobs
  while IFS= read -r -d '' link; do
    # What leads to nothing takes nothing along.
    [[ -e $own/$link ]] || continue
    target=$(readlink -f "$own/$link") \
      || fail "cannot tell where the link $1/${link#./} leads: readlink takes no -f here, as before macOS 12.3; put there what it leads to"
    [[ $target == "$own"/* || (-n $blobs && $target == "$blobs"/*) ]] || out+="
${link#./} -> $target"
    # Hidden ones as well: a link may lead to what is hidden.
  done < <(cd "$own" && find . -type l -print0)
  [[ -z $out ]] || fail "$1/ holds links that lead out of it; put there what they lead to, or remove them:$out"
}

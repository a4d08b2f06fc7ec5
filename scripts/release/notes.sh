#!/usr/bin/env bash
# Print the section of the changelog about a version, without its heading.
#
#   scripts/release/notes.sh [VERSION]    the default is the version of the project
# shellcheck source=scripts/release/_release.sh
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/_release.sh"

version=${1:-$(version_of_project)}
notes=$(awk -v head="## [$version]" '
  index($0, "## ") == 1 { inside = index($0, head) == 1; next }
  /^\[.*\]: / { next }
  inside
' "$repo/CHANGELOG.md")
[[ $notes =~ [^[:space:]] ]] || fail "CHANGELOG.md says nothing about $version"
# Without the empty lines around the section.
sed -e '/./,$!d' <<<"$notes"

#!/usr/bin/env bash
# Give the project a version, and the changelog a section for it with the date of today. Nothing is
# committed.
#
#   scripts/release/prepare.sh VERSION
# shellcheck source=scripts/release/_release.sh
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/_release.sh"

version=${1-}
[[ $version =~ ^[0-9]+(\.[0-9]+){2}([abrc0-9.]+)?$ ]] || fail "give a version like 1.2.3" 64
uv=${UV:-uv}
need "$uv"
cd "$repo"
! grep -qF "## [$version]" CHANGELOG.md || fail "CHANGELOG.md has a section for $version already"
scripts/release/notes.sh Unreleased >/dev/null
# It changes the lock file too, which names the project.
"$uv" version --quiet --no-sync "$version" || fail "the version cannot be set"
changelog=$(awk -v version="$version" -v today="$(date -u +%F)" '
  { print }
  $0 == "## [Unreleased]" { print ""; print "## [" version "] - " today }
' CHANGELOG.md)
printf '%s\n' "$changelog" >CHANGELOG.md
echo "$version is prepared; read the changes, and commit them"

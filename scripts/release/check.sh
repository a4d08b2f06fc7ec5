#!/usr/bin/env bash
# Check that the checkout can be released, and print its version.
#
#   scripts/release/check.sh [TAG]    TAG must be v and the version
# shellcheck source=scripts/release/_release.sh
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/_release.sh"

version=$(version_of_project)
tag=${1-}
[[ -z $tag || $tag == "v$version" ]] || fail "the tag is $tag, but pyproject.toml has version $version"
grep -Eq "^## \[${version//./\\.}\] - [0-9]{4}-[0-9]{2}-[0-9]{2}$" "$repo/CHANGELOG.md" ||
  fail "CHANGELOG.md has no section '## [$version] - DATE'; rename Unreleased to it"
[[ -z $(git -C "$repo" status --porcelain) ]] || fail "the checkout has changes; commit them first"
echo "$version"

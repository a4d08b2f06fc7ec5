# Functions for the scripts of this folder, which source this file.
# shellcheck shell=bash

set -euo pipefail
# With CDPATH set, cd may print a path.
unset CDPATH

# shellcheck disable=SC2034 # the scripts that source this file read it
script=$(basename "$0")
# shellcheck disable=SC2034 # the same
repo=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.." && pwd -P)

fail() {
  echo "$script: $1" >&2
  exit "${2:-1}"
}

# Fail if one of these programs is missing.
need() {
  local program
  for program; do
    command -v "$program" >/dev/null ||
      fail "$program is missing; docs/deploy/release.md says what a release needs"
  done
}

# Print the version, from the only place that has it.
version_of_project() {
  local version
  version=$(sed -n 's/^version = "\(.*\)"$/\1/p' "$repo/pyproject.toml")
  [[ $version =~ ^[0-9]+(\.[0-9]+){2}([abrc0-9.]+)?$ ]] ||
    fail "pyproject.toml has no version like 1.2.3, but '$version'"
  echo "$version"
}

# Set `registry` to the options of cosign for the registry of a repository: one on this machine has
# no encryption.
choose_registry_options() {
  registry=()
  case $1 in
    127.0.0.*:* | localhost:*) registry+=(--allow-http-registry) ;;
  esac
}

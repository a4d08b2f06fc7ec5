#!/usr/bin/env bash
# Look for keys, tokens and passwords: in every commit of a repo, or in the files of a folder. Nothing
# is sent anywhere, and what is found is not printed, but where it is.
#
#   scripts/find_secrets.sh [FOLDER]    the default is this repo
#
# The exit code is 0 if there is none. Kingfisher must be on the PATH; the session `lint` has it.
set -euo pipefail
unset CDPATH

what=${1:-$(dirname "$(readlink -f "$0")")/..}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
if [[ -e $what/.git ]]; then
  [[ $(git -C "$what" rev-parse --is-shallow-repository) == false ]] ||
    echo "only some commits are here; git fetch --unshallow brings the others" >&2
  # All commits of all branches, wherever the checkout keeps them.
  git clone --quiet --mirror "$what" "$scratch/history.git"
  what=$scratch/history.git
fi
kingfisher scan "$what" --git-history full --no-validate --no-update-check --redact --quiet

#!/usr/bin/env bash
# stage1-snapshot in its container, with the arguments given here; the image is built where it has changed.

# Another shell would fail with a code that means something else.
[ -n "${BASH_VERSION:-}" ] || exec bash "$0" "$@"
# shellcheck source-path=SCRIPTDIR source=_docker.sh
. "$(dirname "$(readlink -f "$0")")/_docker.sh" || exit 1

run_in_container stage1-snapshot "$@"

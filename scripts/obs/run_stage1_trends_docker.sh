#!/usr/bin/env bash
# Run stage1-trends in its container with these arguments. Build the image first if it has changed.

# Other shells cannot run the script, and their exit code would have another meaning.
[ -n "${BASH_VERSION:-}" ] || exec bash "$0" "$@"
# shellcheck source-path=SCRIPTDIR source=_docker.sh
. "$(dirname "$(readlink -f "$0")")/_docker.sh" || exit 1

run_in_container stage1-trends "$@"

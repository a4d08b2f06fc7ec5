#!/usr/bin/env bash
# stage1-snapshot in its container, with the arguments given here; the image is built where it has changed.

# shellcheck source-path=SCRIPTDIR source=_docker.sh
. "$(dirname "${BASH_SOURCE[0]}")/_docker.sh"

run_in_container stage1-snapshot "$@"

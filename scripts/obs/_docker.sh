# What the wrappers of this folder share: a command of peaktrade-ops in its container, with Compose.
# It is read by them, not started: run_in_container COMMAND [ARGUMENT...]
#
# The folders of the host are those of docker-compose.obs.yml: PEAK_TELEMETRY_DIR, PEAK_REPORTS_DIR
# and PEAK_CONFIG, absolute or relative to the repo.
# shellcheck shell=bash

set -euo pipefail

wrapper=$(basename "$0")
repo=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)

fail() {
  echo "$wrapper: $1" >&2
  exit 1
}

# The Compose that is there, with the file of this repo.
find_compose() {
  if docker compose version >/dev/null 2>&1; then
    compose=(docker compose)
  elif docker-compose version 2>/dev/null | grep -q 'version v\?[2-9]'; then
    compose=(docker-compose)
  else
    fail "neither 'docker compose' nor a docker-compose of version 2 works; install Docker's Compose plugin"
  fi
  compose+=(--project-directory "$repo" --file "$repo/docker-compose.obs.yml")
}

# Where Compose mounts a folder from: it alone knows the defaults and the .env file.
source_of() {
  awk -v target="$1" '
    $1 == "source:" { sub(/^ *source: /, ""); source = $0 }
    $1 == "target:" && $2 == target { print source }
  ' <<<"$config" | sed "s/^'\(.*\)'$/\1/; s/^\"\(.*\)\"$/\1/; s/''/'/g; s/\\$\\$/$/g"
}

# Hands a signal to the program, or to Compose as long as the program does not run yet.
hand_on() {
  docker kill --signal "$1" "$container" >/dev/null 2>&1 || kill -s "$1" -- "-$child" 2>/dev/null || true
}

# What the program ended with. Compose may say 0 whatever happened, which it does where it talks to
# Podman and is told --rm, and a gate that trips must not be lost: so a 0 must be the container's own.
code_of_program() {
  local own
  if [[ $1 == 0 ]]; then
    own=$(docker inspect --format '{{.State.ExitCode}}' "$container" 2>/dev/null) || own=
    [[ $own =~ ^[0-9]+$ ]] ||
      fail "how the container ended is not known; 'docker inspect' must reach the engine that Compose uses"
    echo "$own"
  else
    echo "$1"
  fi
}

remove_container() {
  docker rm --force "$container" >/dev/null 2>&1 || true
}

run_in_container() {
  local code=0 progress=() reports variable
  command -v docker >/dev/null ||
    fail "docker is missing; install Docker, or Podman with its docker command"
  # A blank value counts as not given, as on the host.
  for variable in PEAK_REPORTS_DIR PEAK_TELEMETRY_DIR PEAK_CONFIG; do
    [[ ${!variable-} =~ [^[:space:]] ]] || unset "$variable"
  done
  find_compose
  config=$("${compose[@]}" config) || fail "the Compose file cannot be used; the lines above say why"
  reports=$(source_of /reports)
  # Made here, so that it belongs to who calls; Docker would make it as root.
  mkdir -p -- "$reports" ||
    fail "reports folder $reports cannot be made; name another in PEAK_REPORTS_DIR"

  if [[ ${PEAK_PULL_POLICY:-build} == build ]]; then
    [[ -t 2 ]] || progress=(--quiet)
    "${compose[@]}" build ${progress[@]+"${progress[@]}"} peaktrade-ops >&2 ||
      fail "the image cannot be built; the lines above say why"
    export PEAK_PULL_POLICY=never
  fi
  echo "$wrapper: reports go to $reports/obs/stage1 (in the container: /reports/obs/stage1)" >&2

  # Compose leaves a container running when a signal ends it. So it gets a process group of its own,
  # which no signal reaches, and the program gets the signal: it ends with its message and its code.
  container=peaktrade-ops-$$-$RANDOM
  trap remove_container EXIT
  set -m
  "${compose[@]}" run --no-TTY --name "$container" peaktrade-ops "$@" </dev/null &
  child=$!
  set +m
  trap 'hand_on INT' INT
  trap 'hand_on TERM' TERM
  wait "$child" || code=$?
  # A signal ends the waiting, but not yet the program.
  while kill -0 "$child" 2>/dev/null; do
    code=0
    wait "$child" || code=$?
  done
  code=$(code_of_program "$code") || exit 1
  exit "$code"
}

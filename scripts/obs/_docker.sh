# Functions for the wrappers of this folder, which source this file. They run a command of
# peaktrade-ops in its container with Compose: run_in_container COMMAND [ARGUMENT...]
# scripts/docker/run_l3_no_net.sh uses them for a plain run without Compose.
#
# The variables PEAK_TELEMETRY_DIR, PEAK_REPORTS_DIR and PEAK_CONFIG of docker-compose.obs.yml
# select the folders and the file of the host, absolute or relative to the repo.
# shellcheck shell=bash

set -euo pipefail
# With CDPATH set, cd may print a path.
unset CDPATH

wrapper=$(basename "$0")
repo=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.." && pwd -P)
container=
child=
signal=

# Print an error and exit. After a signal, exit with its code: the signal may be the cause of the
# error.
fail() {
  end_if_signalled
  echo "$wrapper: $1" >&2
  exit 1
}

# Set `compose` to the installed Compose with the file of this repo.
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

# Print a field of the service from the configuration that Compose prints, in which the defaults and
# the .env file are applied. This JSON has one field on each line. printf understands the escapes in
# its texts, except escaped quotes. Dollar signs are doubled.
field() {
  local text
  text=$(awk -v name="\"$1\":" -v place="${2-}" '
    $1 == name { value = $0; sub(/^[^:]*: "/, "", value); sub(/",?$/, "", value) }
    place == "" && $1 == name || $1 == "\"target\":" && $2 ~ "^\"" place "\",?$" { print value; exit }
  ' <<<"$config")
  text=${text//\$\$/\$}
  printf '%b' "${text//\\\"/\\x22}"
}

# Pass the signal on to the program in its container, or to Compose if there is no container.
forward_signal() {
  [[ -n $child ]] || return 0
  [[ -n $container ]] && docker kill --signal "$signal" "$container" >/dev/null 2>&1 ||
    kill -s "$signal" -- "-$child" 2>/dev/null || true
}

# Run a command and set `code` to its exit code. The command runs in its own process group, which
# receives no signal from a terminal: Compose would end and leave the container running. A signal is
# passed on repeatedly until the command ends, because a program that is just starting may miss it.
run_and_wait() {
  set -m
  "$@" </dev/null &
  child=$!
  set +m
  code=0
  [[ -n $signal ]] || wait "$child" || code=$?
  if kill -0 "$child" 2>/dev/null; then
    while kill -0 "$child" 2>/dev/null; do
      forward_signal
      sleep 0.2
    done
    code=0
    wait "$child" || code=$?
  fi
  child=
}

end_if_signalled() {
  case $signal in
    INT) exit 130 ;;
    TERM) exit 143 ;;
  esac
}

remove_container() {
  [[ -z $container || ${keep-} == 1 ]] || docker rm --force "$container" >/dev/null 2>&1 || true
}

# Exit with the code of the program in `container`, once `code` is that of the client.
end_as_container() {
  local state
  # After a signal, the client may end before the program, which still cleans up.
  for _ in {1..50}; do
    state=$(docker inspect --format '{{.State.Status}} {{.State.ExitCode}}' "$container" 2>/dev/null) ||
      state=
    [[ -n $signal && $state == running* ]] || break
    sleep 0.2
  done
  case $state in
    exited\ [0-9]*) code=${state#exited } ;;
    *)
      end_if_signalled
      [[ $code != 0 ]] ||
        fail "how the container ended is not known; docker must reach the engine that Compose uses"
      fail "the container cannot be run; the lines above say why"
      ;;
  esac
  case $code in
    0 | 1 | 2 | 64 | 130 | 143) exit "$code" ;;
    *) fail "the program was ended from outside, with code $code; memory may be short" ;;
  esac
}

run_in_container() {
  local image reports variable
  command -v docker >/dev/null ||
    fail "docker is missing; install Docker, or Podman with its docker command"
  # A blank value counts as not set, as on the host.
  for variable in PEAK_REPORTS_DIR PEAK_TELEMETRY_DIR PEAK_CONFIG; do
    [[ ${!variable-} =~ [^[:space:]] ]] || unset "$variable"
  done
  trap 'signal=INT; forward_signal' INT
  trap 'signal=TERM; forward_signal' TERM HUP
  trap remove_container EXIT
  find_compose
  config=$("${compose[@]}" config --format json) ||
    fail "the Compose file cannot be used; the lines above say why"
  reports=$(field source /reports)
  [[ $reports == /* ]] || fail "Compose does not say which folder it mounts at /reports"
  end_if_signalled
  # Create the folder here, so that it belongs to the caller. Docker would create it as root.
  mkdir -p -- "$reports" ||
    fail "reports folder $reports cannot be made; name another in PEAK_REPORTS_DIR"

  if [[ $(field pull_policy) == build ]]; then
    local quiet=(--quiet)
    [[ ! -t 2 ]] || quiet=()
    run_and_wait "${compose[@]}" build ${quiet[@]+"${quiet[@]}"} peaktrade-ops >&2
    end_if_signalled
    [[ $code == 0 ]] || fail "the image cannot be built; the lines above say why"
  else
    image=$(field image)
    docker image inspect "$image" >/dev/null 2>&1 ||
      fail "image $image is not there; load it, correct PEAK_IMAGE, or unset PEAK_PULL_POLICY"
  fi
  echo "$wrapper: reports go to $reports/obs/stage1 (in the container: /reports/obs/stage1)" >&2

  # Do not use --rm: with Podman, Compose then always exits with 0. Inspect the container instead.
  container=peaktrade-ops-$$-$RANDOM
  PEAK_PULL_POLICY=never run_and_wait \
    "${compose[@]}" run --no-TTY --name "$container" peaktrade-ops "$@"
  end_as_container
}

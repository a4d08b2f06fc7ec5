#!/usr/bin/env bash
# Run any command of peaktrade-ops in its container, without network and with limits; see --help.

# Other shells cannot run the script, and their exit code would have another meaning.
[ -n "${BASH_VERSION:-}" ] || exec bash "$0" "$@"
# shellcheck source-path=SCRIPTDIR source=../obs/_docker.sh
. "$(dirname "$(readlink -f "$0")")/../obs/_docker.sh" || exit 1

# The variables of docker-compose.obs.yml that reach the program; paths in them are those of the
# container.
passed=(
  NO_COLOR DASK_SCHEDULER_ADDRESS PEAK_ADOPT PEAK_ALL PEAK_AS_OF PEAK_CACHE_DIR PEAK_DATE PEAK_DAYS
  PEAK_DECISION PEAK_DELETE PEAK_DIR PEAK_FAIL_ON PEAK_FAIL_ON_NEW_ALERTS PEAK_FORMAT PEAK_FROM PEAK_INPUT
  PEAK_KEEP_DAYS PEAK_LEGACY_REGEX PEAK_LOCK_TIMEOUT PEAK_LOG_FORMAT PEAK_MAX_AGE PEAK_MAX_DEPTH PEAK_MAX_FILES PEAK_METRICS_FILE
  PEAK_NO_CACHE PEAK_NOTE PEAK_OUT_DIR PEAK_OVERRIDE PEAK_OWNER PEAK_QUIET PEAK_REPLACE PEAK_RUN_ID PEAK_STAGE
  PEAK_TO PEAK_VERBOSE SOURCE_DATE_EPOCH
)

print_help() {
  cat <<END
Usage: scripts/docker/run_l3_no_net.sh [--] COMMAND [ARGUMENT...]

Runs a command of peaktrade-ops in its container, and exits with the code of the command. The
container has no network and a read-only root file system. It can write only the output folder, and
a temporary folder in memory. Without Compose, a build or a pull: the image must be there.

  -h, --help   print this; "-- --help" prints the help of the program

Variables, where folders are absolute or relative to the repo:
  PEAK_TELEMETRY_DIR   the telemetry, mounted at /telemetry, read-only (.)
  PEAK_REPORTS_DIR     the output folder, mounted at /reports (reports); also OUT_DIR
  PEAK_CONFIG          the configuration, mounted at /config/stage1.toml, read-only (stage1.toml)
  PEAK_IMAGE           the image (peaktrade-ops:local); also IMAGE
  PEAK_USER            the uid:gid to run as (the owner of the output folder)
  PEAK_CPUS            the most processors, such as 1.5 (2)
  PEAK_MEMORY          the most memory, such as 512m, without swap (2g)
  PEAK_TMP_SIZE        the most that /tmp holds, which counts as memory (512m)
  KEEP_CONTAINER       1 keeps the ended container, to look at it

Example:
  PEAK_TELEMETRY_DIR=samples/telemetry scripts/docker/run_l3_no_net.sh stage1-run --date 2025-12-20
END
}

# Print the option of `docker run --mount` for a folder or file of the host. Its fields are those of
# a CSV file, so a path may have commas and quotes.
mount_of() {
  printf 'type=bind,"source=%s",target=%s%s' "${1//\"/\"\"}" "$2" "${3-}"
}

# Print the first of these values that is not blank.
first_of() {
  local value
  for value; do
    [[ ! $value =~ [^[:space:]] ]] || { printf '%s' "$value" && return; }
  done
}

# Print a path of the host as an absolute one.
absolute() {
  [[ $1 == /* ]] && printf '%s' "$1" || printf '%s/%s' "$repo" "$1"
}

case ${1-} in
  -h | --help) print_help && exit ;;
  --) shift ;;
esac
if (($# == 0)); then
  print_help >&2
  exit 64
fi

command -v docker >/dev/null ||
  fail "docker is missing; install Docker, or Podman with its docker command"
image=$(first_of "${IMAGE-}" "${PEAK_IMAGE-}" peaktrade-ops:local)
reports=$(absolute "$(first_of "${OUT_DIR-}" "${PEAK_REPORTS_DIR-}" reports)")
telemetry=$(absolute "$(first_of "${PEAK_TELEMETRY_DIR-}" .)")
config=$(absolute "$(first_of "${PEAK_CONFIG-}" stage1.toml)")
user=$(first_of "${PEAK_USER-}")
cpus=$(first_of "${PEAK_CPUS-}" 2)
memory=$(first_of "${PEAK_MEMORY-}" 2g)
keep=$(first_of "${KEEP_CONTAINER-}" 0)
[[ $keep == [01] ]] || fail "KEEP_CONTAINER is '$keep'; set it to 1, or unset it"
docker image inspect "$image" >/dev/null 2>&1 || fail "image $image is not there, or docker does not\
 answer; build it with docker build --file docker/obs/Dockerfile --tag $image ., or correct PEAK_IMAGE"
[[ -d $telemetry ]] || fail "telemetry folder $telemetry is missing; name another in PEAK_TELEMETRY_DIR"
[[ -f $config ]] || fail "configuration $config is missing; name another in PEAK_CONFIG"
# Create the folder here, so that it belongs to the caller. Docker would create it as root.
mkdir -p -- "$reports" || fail "output folder $reports cannot be made; name another in PEAK_REPORTS_DIR"

container=peaktrade-ops-$$-$RANDOM
options=(
  --name "$container" --pull never --network none --read-only
  --tmpfs "/tmp:mode=1777,size=$(first_of "${PEAK_TMP_SIZE-}" 512m),noexec,nosuid,nodev"
  --cap-drop ALL --security-opt no-new-privileges:true --pids-limit 128
  --cpus "$cpus" --memory "$memory" --memory-swap "$memory"
  --mount "$(mount_of "$telemetry" /telemetry ,readonly)"
  --mount "$(mount_of "$reports" /reports)"
  --mount "$(mount_of "$config" /config/stage1.toml ,readonly)"
  --env PEAK_CONFIG=/config/stage1.toml
)
if [[ -n $user ]]; then
  options+=(--user "$user")
else
  # A start as root becomes the owner of the output folder.
  options+=(--cap-add SETGID --cap-add SETUID)
fi
for variable in "${passed[@]}"; do
  [[ -z ${!variable-} ]] || options+=(--env "$variable")
done

trap 'signal=INT; forward_signal' INT
trap 'signal=TERM; forward_signal' TERM HUP
trap remove_container EXIT
[[ $keep == 0 ]] ||
  echo "$wrapper: the container stays; docker rm $container removes it" >&2
echo "$wrapper: the output goes to $reports (in the container: /reports)" >&2
run_and_wait docker run "${options[@]}" "$image" "$@"
end_as_container

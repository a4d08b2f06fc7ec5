#!/usr/bin/env bash
# Build the image of the checked-out commit for amd64 and arm64, push both to a registry under one
# index, and sign the index with its bill of materials. The reference of the index by its digest is the
# only line on standard output.
#
#   scripts/release/publish.sh REGISTRY/NAME
#
# The same commit on the same bases has the same digest, whoever builds it and whenever.
#
# COSIGN_KEY        the private key (COSIGN_PASSWORD has its password). Without it cosign signs without
#                   a key: by the identity of the workflow, or of the person whom it asks
# BASE_IMAGE        the base, for both processors or for amd64 alone
# BASE_IMAGE_ARM64  the base for arm64, if BASE_IMAGE is for amd64 alone
# shellcheck source=scripts/release/_release.sh
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/_release.sh"

repository=${1-}
[[ $repository =~ ^[a-z0-9.-]+(:[0-9]+)?(/[a-z0-9._-]+)+$ ]] ||
  fail "give a registry and a name in lower case, such as registry.example/team/peaktrade-ops" 64
need docker cosign git
uv=${UV:-uv}
need "$uv"
version=$("$repo/scripts/release/check.sh")
revision=$(git -C "$repo" rev-parse HEAD)
# The only time in the image and in the bill of materials.
SOURCE_DATE_EPOCH=$(git -C "$repo" log -1 --format=%ct)
export SOURCE_DATE_EPOCH
base=${BASE_IMAGE:-python:3.11-slim}
base_arm64=${BASE_IMAGE_ARM64:-$base}
choose_registry_options "$repository"

scratch=$(mktemp -d)
container=
clean_up() {
  [[ -z $container ]] || docker rm --force "$container" >/dev/null 2>&1 || true
  rm -rf "$scratch"
}
trap clean_up EXIT
# All output of the tools is for people.
exec 3>&1 1>&2

digest_of() {
  local found
  found=$(docker buildx imagetools inspect "$1" --format '{{json .Manifest}}' |
    grep -o '"digest": *"sha256:[0-9a-f]*"' | head -n 1 | grep -o 'sha256:[0-9a-f]*') ||
    fail "the registry does not say which digest $1 has"
  echo "$found"
}

build() {
  local processor=$1 tag=$repository:$version-$1 base_image=$2
  docker buildx build --quiet --load --provenance=false --platform "linux/$processor" \
    --file "$repo/docker/obs/Dockerfile" --tag "$tag" \
    --build-arg "BASE_IMAGE=$base_image" --build-arg "BUILD_IMAGE=$base" \
    --build-arg "SOURCE_DATE_EPOCH=$SOURCE_DATE_EPOCH" \
    --build-arg "VERSION=$version" --build-arg "REVISION=$revision" "$repo" >/dev/null ||
    fail "the image for $processor cannot be built; the lines above say why"
  docker push --quiet "$tag" >/dev/null || fail "$tag cannot be pushed; the lines above say why"
  echo "pushed $tag: $(digest_of "$tag")"
}

# Copy the Python packages of the image for a processor into a folder. No program of the image runs.
unpack() {
  local processor=$1
  container=$(docker create --platform "linux/$processor" "$repository:$version-$processor" --help)
  mkdir "$scratch/$processor"
  docker cp --quiet "$container:/opt/peaktrade-ops/lib" "$scratch/$processor/"
  docker rm "$container" >/dev/null
  container=
  mv "$scratch/$processor"/lib/python3*/site-packages "$scratch/$processor/packages"
}

names_in() {
  (cd "$scratch/$1/packages" && echo *.dist-info)
}

# Describe the packages of a folder, with the tool that the lock file names.
describe() {
  local site
  "$uv" venv --quiet --no-project "$scratch/environment"
  site=$(echo "$scratch"/environment/lib/python3*/site-packages)
  rm -rf "$site"
  mv "$1" "$site"
  cd "$repo"
  unset VIRTUAL_ENV
  "$uv" run --quiet --isolated --locked --only-group release \
    cyclonedx-py environment --pyproject pyproject.toml --output-reproducible \
    --output-file "$bill" "$scratch/environment/bin/python"
}

build amd64 "$base"
build arm64 "$base_arm64"
docker buildx imagetools create --tag "$repository:$version" \
  "$repository:$version-amd64" "$repository:$version-arm64" ||
  fail "the two images cannot be put under one index"
reference=$repository@$(digest_of "$repository:$version")

unpack amd64
unpack arm64
[[ $(names_in amd64) == "$(names_in arm64)" ]] ||
  fail "the images for amd64 and arm64 do not hold the same packages"
bill=$scratch/peaktrade-ops.cdx.json
(describe "$scratch/amd64/packages") || fail "the packages of the image cannot be described"

if [[ -n ${COSIGN_KEY-} ]]; then
  # No public log: a key is for registries that the public cannot reach.
  signer=(--key "$COSIGN_KEY" --tlog-upload=false)
else
  signer=()
fi
# The images of the index too: an engine pulls one of them.
cosign sign --yes --recursive ${signer[@]+"${signer[@]}"} ${registry[@]+"${registry[@]}"} "$reference" ||
  fail "$reference cannot be signed"
cosign attest --yes --replace --type cyclonedx --predicate "$bill" \
  ${signer[@]+"${signer[@]}"} ${registry[@]+"${registry[@]}"} "$reference" ||
  fail "the bill of materials cannot be attached to $reference"
echo "$reference" >&3

#!/usr/bin/env bash
# Build the image of the checked-out commit for amd64 and arm64, push both to a registry under one
# index, and sign the index with its bill of materials. The reference of the index by its digest is the
# only line on standard output.
#
#   scripts/release/publish.sh REGISTRY/NAME
#
# The same commit on the same bases has the same digest, whoever builds it and whenever. What is built,
# described and signed is named by its digest. The tag of the version comes last, and never moves: it is
# an error if it names something else already.
#
# COSIGN_KEY        the private key (COSIGN_PASSWORD has its password). Without it cosign signs without
#                   a key: by the identity of the workflow, or of the person whom it asks
# BASE_IMAGE        the base, for both processors or for amd64 alone. A tag is resolved to its digest once
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
tags=()
clean_up() {
  [[ -z $container ]] || docker rm --force "$container" >/dev/null 2>&1 || true
  ((${#tags[@]} == 0)) || docker image rm "${tags[@]}" >/dev/null 2>&1 || true
  rm -rf "$scratch"
}
trap clean_up EXIT
# All output of the tools is for people.
exec 3>&1 1>&2

# Print the digest that a registry has for a reference; nothing if the registry says that there is none.
digest_of() {
  local answer
  if answer=$(docker buildx imagetools inspect "$1" --format '{{json .Manifest}}' 2>&1); then
    grep -o '"digest": *"sha256:[0-9a-f]*"' <<<"$answer" | head -n 1 | grep -o 'sha256:[0-9a-f]*' ||
      fail "the registry does not say which digest $1 has"
  else
    [[ $answer == *": not found" ]] || fail "$1 cannot be looked up: $answer"
  fi
}

# Print a base by its digest, so that both images come from the same one. A base that was made on this
# machine, and under this name is in no registry, has none.
resolve() {
  local digest from last=${1##*/}
  if [[ $1 == *@sha256:* ]] ||
    { from=$(docker image inspect --format '{{join .RepoDigests " "}}' "$1" 2>/dev/null) &&
      [[ " $from" != *" ${1%"$last"}${last%%:*}@"* ]]; }; then
    echo "$1"
    return
  fi
  digest=$(digest_of "$1") || exit 1
  [[ -n $digest ]] || fail "the base $1 is in no registry, and not on this machine"
  echo "$1@$digest"
}

# Build the image for a processor, and push it. Set `id`, which names it here, and `pushed`, which names
# it in the registry.
build() {
  local processor=$1 base_image=$2 tag answer
  docker buildx build --quiet --load --provenance=false --platform "linux/$processor" \
    --file "$repo/docker/obs/Dockerfile" --iidfile "$scratch/id" \
    --build-arg "BASE_IMAGE=$base_image" --build-arg "BUILD_IMAGE=$base" \
    --build-arg "SOURCE_DATE_EPOCH=$SOURCE_DATE_EPOCH" \
    --build-arg "VERSION=$version" --build-arg "REVISION=$revision" "$repo" >/dev/null ||
    fail "the image for $processor cannot be built; the lines above say why"
  id=$(<"$scratch/id")
  # The engine pushes tags only. This one has the name of what it holds, so it never moves.
  tag=$repository:$version-$processor-${id:7:12}
  docker tag "$id" "$tag"
  tags+=("$tag")
  answer=$(docker push "$tag") || fail "$tag cannot be pushed; the lines above say why"
  [[ $answer =~ digest:\ (sha256:[0-9a-f]{64}) ]] || fail "the engine does not say which digest $tag has"
  pushed=$repository@${BASH_REMATCH[1]}
  echo "pushed $tag: $pushed"
}

# Fail if the tag of the version names another index than ours.
refuse_another() {
  local there
  there=$(digest_of "$repository:$version")
  [[ -z $there || $there == "$digest" ]] || fail \
    "$repository:$version is $there already, not $digest; a version is published once: prepare the next one"
}

# Copy the Python packages of the image for a processor into a folder. No program of the image runs.
unpack() {
  local processor=$1
  container=$(docker create --platform "linux/$processor" "$2" --help)
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

base=$(resolve "$base")
base_arm64=$(resolve "$base_arm64")
build amd64 "$base"
id_amd64=$id images=("$pushed")
build arm64 "$base_arm64"
id_arm64=$id images+=("$pushed")
index=$(docker buildx imagetools create --dry-run "${images[@]}") ||
  fail "the two images cannot be put under one index"
digest=sha256:$(printf %s "$index" | sha256sum | head -c 64)
reference=$repository@$digest
refuse_another
docker buildx imagetools create --tag "$reference" "${images[@]}" ||
  fail "the index of the two images cannot be pushed"

unpack amd64 "$id_amd64"
unpack arm64 "$id_arm64"
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
# Somebody else may have published meanwhile.
refuse_another
docker buildx imagetools create --tag "$repository:$version" "$reference" ||
  fail "the tag $version cannot be given to $reference"
[[ $(digest_of "$repository:$version") == "$digest" ]] || fail "the tag $version does not name $reference"
echo "$reference" >&3

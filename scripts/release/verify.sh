#!/usr/bin/env bash
# Verify a published image: its signature, its bill of materials and its two processors. The bill of
# materials, CycloneDX in JSON, is printed.
#
#   scripts/release/verify.sh REGISTRY/NAME@sha256:DIGEST
#
# COSIGN_KEY       the public key
# COSIGN_IDENTITY  without a key: a regular expression for the identity that signed, such as
#                  https://github.com/OWNER/REPO/.github/workflows/release.yml@refs/tags/v.*
# COSIGN_ISSUER    who vouches for that identity; the default is GitHub's workflows
# shellcheck source=scripts/release/_release.sh
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/_release.sh"

reference=${1-}
[[ $reference =~ ^[^@]+@sha256:[0-9a-f]{64}$ ]] ||
  fail "give the image by its digest, REGISTRY/NAME@sha256:...; a tag can move" 64
need docker cosign python3
choose_registry_options "$reference"
if [[ -n ${COSIGN_KEY-} ]]; then
  signer=(--key "$COSIGN_KEY" --insecure-ignore-tlog=true)
elif [[ -n ${COSIGN_IDENTITY-} ]]; then
  issuer=${COSIGN_ISSUER:-https://token.actions.githubusercontent.com}
  signer=(--certificate-identity-regexp "^($COSIGN_IDENTITY)\$" --certificate-oidc-issuer "$issuer")
else
  fail "set COSIGN_KEY or COSIGN_IDENTITY: a signature of anybody proves nothing" 64
fi

cosign verify ${signer[@]+"${signer[@]}"} ${registry[@]+"${registry[@]}"} "$reference" >/dev/null ||
  fail "$reference is not signed by that key or identity"
index=$(docker buildx imagetools inspect "$reference") || fail "$reference cannot be read"
for platform in linux/amd64 linux/arm64; do
  grep -Eq "Platform: *$platform\$" <<<"$index" ||
    fail "$reference has no image for $platform"
done
cosign verify-attestation --type cyclonedx ${signer[@]+"${signer[@]}"} ${registry[@]+"${registry[@]}"} "$reference" |
  python3 -c '
import base64, json, sys
envelope = json.loads(list(sys.stdin)[-1])
print(json.dumps(json.loads(base64.b64decode(envelope["payload"]))["predicate"], indent=2))' ||
  fail "$reference has no bill of materials that is signed by that key or identity"
echo "$script: $reference is signed" >&2

# A function for the scripts of this folder, which source this file.
# shellcheck shell=bash

# Let apt-get know the next release of Debian too, for packages that the release of this machine
# does not have, or has too old. The package sources for this are temporary; those of the machine
# stay. Set `apt` to the command with its options, and `release` to the suffix of a package that
# chooses the next release; it is empty where the machine has that release already.
#
#   know_next_release FOLDER    FOLDER receives the sources
# shellcheck disable=SC2034 # the scripts that source this file read apt and release
know_next_release() {
  local state=$1 sources
  mkdir -p "$state/sources" "$state/preferences"
  apt=(
    apt-get -qq
    -o "Dir::Etc::SourceParts=$state/sources"
    -o "Dir::Etc::PreferencesParts=$state/preferences"
  )
  release=
  for sources in /etc/apt/sources.list.d/{debian,ubuntu}.sources /etc/apt/sources.list; do
    [[ -s $sources ]] || continue
    cp "$sources" "$state/sources/own.${sources##*.}"
    if grep -q bookworm "$sources"; then
      release=/trixie
      sed 's/bookworm/trixie/g' "$sources" >"$state/sources/next.${sources##*.}"
    fi
    break
  done
  printf 'Package: *\nPin: release n=trixie*\nPin-Priority: 100\n' >"$state/preferences/next"
}

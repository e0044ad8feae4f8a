#!/usr/bin/env bash
# Builds what is shipped, in a way that gives the same bytes wherever and whenever it is done from the same commit with the same
# toolchain on the same system: no path of this machine, no time of day, no order of files is in it.
#
#   tools/release/build.sh dist            the archive, its bill of materials (CycloneDX) and SHA256SUMS, into dist/
#   SIGN_WITH=~/.ssh/release_key …         also SHA256SUMS.sig, which ssh-keygen -Y verify takes
#   PROFILE=trial …                        another profile than release
#
# The program carries the list of its dependencies (cargo auditable), so that advisories can be held against the file itself.
set -euo pipefail
cd "$(dirname "$0")/../.."
out=${1:?usage: tools/release/build.sh <folder>}
profile=${PROFILE:-release}
features=kurrentdb

fail() {
  echo "release: $1" >&2
  exit 1
}

[[ -z $(git status --porcelain --untracked-files=no) ]] || fail "there are changes that are in no commit; commit or stash them"
for tool in auditable cyclonedx; do
  cargo "$tool" --version >/dev/null 2>&1 || cargo install "cargo-$tool" --locked ||
    fail "cargo-$tool cannot be installed; it is needed for a release"
done

version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -1)
target=$(rustc -vV | sed -n 's/^host: //p')
name=chronus-teams-$version-$target
home=${CARGO_HOME:-$HOME/.cargo}
sysroot=$(rustc --print sysroot)

SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH CARGO_INCREMENTAL=0 ZERO_AR_DATE=1 LC_ALL=C TZ=UTC
# Where the sources lie: in Rust's messages of panics and in the C libraries' debug information.
export RUSTFLAGS="--remap-path-prefix=$PWD=/chronus-teams --remap-path-prefix=$home=/cargo --remap-path-prefix=$sysroot=/rust"
maps="-ffile-prefix-map=$PWD=/chronus-teams -ffile-prefix-map=$home=/cargo"
export CFLAGS="${CFLAGS:-} $maps" CXXFLAGS="${CXXFLAGS:-} $maps"

cargo auditable build --locked --profile "$profile" --bin chronus-teams --features "$features"
built=${CARGO_TARGET_DIR:-target}/$profile/chronus-teams
[[ $profile != dev ]] || built=${CARGO_TARGET_DIR:-target}/debug/chronus-teams

rm -rf "${out:?}/$name" "$out/$name.tar.gz" "$out/$name.cdx.json" "$out/SHA256SUMS" "$out/SHA256SUMS.sig"
mkdir -p "$out/$name"
cp "$built" README.md CHANGELOG.md SECURITY.md chronus-teams.example.toml "$out/$name/"
cp -R deploy "$out/$name/deploy"
chmod -R u=rwX,go=rX "$out/$name"

# Written beside each crate's manifest; the program's own is the one that is wanted.
cargo cyclonedx --format json --spec-version 1.5 --features "$features" --override-filename "$name.cdx" --manifest-path Cargo.toml
# It names the workspace's own crates by where they lie.
sed "s#file://$PWD#file:///chronus-teams#g" "$name.cdx.json" >"$out/$name.cdx.json"
rm "$name.cdx.json"
find events actors projections tests -maxdepth 2 -name "$name.cdx.json" -delete

tar --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner --format=gnu \
  -C "$out" -cf - "$name" | gzip -9n >"$out/$name.tar.gz"
rm -rf "${out:?}/$name"
(cd "$out" && sha256sum "$name.tar.gz" "$name.cdx.json" >SHA256SUMS)
if [[ -n ${SIGN_WITH:-} ]]; then
  ssh-keygen -q -Y sign -f "$SIGN_WITH" -n chronus-teams "$out/SHA256SUMS"
fi
cat "$out/SHA256SUMS"

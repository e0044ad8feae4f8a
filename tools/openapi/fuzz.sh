#!/usr/bin/env bash
# Asks every route of the API what its document allows, and what it does not, and looks for answers that the document does not
# tell: Schemathesis against the demo, which plays in a folder of its own. It comes from PyPI once a machine and version, into a
# cache outside the repository.
#
#   tools/openapi/fuzz.sh [SECONDS] [further options of `schemathesis run`]
#
# Needs a built program: target/release/chronus-teams or target/debug/chronus-teams, or the one that CHRONUS_TEAMS names.
set -euo pipefail
cd "$(dirname "$0")/../.."

SCHEMATHESIS=4.32.5
SECONDS_LONG=${1:-120}
[[ $# -gt 0 ]] && shift

PROGRAM=${CHRONUS_TEAMS:-}
for built in target/release/chronus-teams target/debug/chronus-teams; do
  [[ -z $PROGRAM && -x $built ]] && PROGRAM=$PWD/$built
done
[[ -n $PROGRAM ]] || { echo "build chronus-teams first, or name it with CHRONUS_TEAMS" >&2; exit 2; }

TOOL=${XDG_CACHE_HOME:-$HOME/.cache}/chronus-teams/schemathesis-$SCHEMATHESIS
if [[ ! -e $TOOL/ready ]]; then
  # Whole or not at all: an install that was cut off is made anew.
  rm -rf "$TOOL"
  python3 -m venv "$TOOL"
  "$TOOL/bin/pip" install --quiet --disable-pip-version-check "schemathesis==$SCHEMATHESIS"
  touch "$TOOL/ready"
fi

FOLDER=$(mktemp -d)
cd "$FOLDER"
"$PROGRAM" demo --stay --data "$FOLDER/demo" > "$FOLDER/told" 2>&1 &
DEMO=$!
trap 'kill "$DEMO" 2> /dev/null || true; wait "$DEMO" 2> /dev/null || true; rm -rf "$FOLDER"' EXIT
until grep -q "Stop with Ctrl-C" "$FOLDER/told"; do
  kill -0 "$DEMO" 2> /dev/null || { cat "$FOLDER/told" >&2; exit 1; }
  sleep 1
done
URL=$(sed -n 's|^The console *\(http[^ ]*\)/console.*|\1|p' "$FOLDER/told" | head -1)
KEY=$(sed -n 's|.*sign in with \(ctk_[^)]*\)).*|\1|p' "$FOLDER/told" | head -1)

# That everything is taken which the document's shapes allow is not asked for: shapes say less than the rules do, such as that a key
# of idempotency is for one request.
"$TOOL/bin/schemathesis" run "$URL/v1/openapi.json" --exclude-checks positive_data_acceptance --warnings off \
  --header "Authorization: Bearer $KEY" --max-time "$SECONDS_LONG" --continue-on-failure "$@"

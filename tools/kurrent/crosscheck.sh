#!/usr/bin/env bash
# Drives the stand-in for KurrentDB with a client that shares no code with it or with the store, so that the two cannot
# agree on the same mistake. $1 is the stand-in's program. The client comes from PyPI into target/.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
venv=$here/../../target/crosscheck
[[ -x $venv/bin/python ]] || python3 -m venv "$venv"
"$venv/bin/pip" install --quiet --disable-pip-version-check 'kurrentdbclient==1.3.5'
for nodes in 1 3; do
  exec 3< <(exec "$1" "$nodes")
  standin=$!
  trap 'kill -INT "$standin" 2>/dev/null || true' EXIT
  read -r url <&3
  timeout 120 "$venv/bin/python" "$here/crosscheck.py" "$url"
  # It takes its nodes along; a second signal in the midst of that would leave them behind.
  trap - EXIT
  kill -INT "$standin"
  wait "$standin" 2>/dev/null || true
  exec 3<&-
done

#!/usr/bin/env bash
# Judges what lies in deploy/: Dockerfile, compose files, manifests for Kubernetes, the systemd unit, Prometheus' files and
# shell scripts. The linters of requirements.txt come from PyPI once a machine and version, into a cache outside the
# repository; what cannot be had is said: they, where PyPI is out of reach, and the machine's systemd-analyze and promtool.
set -euo pipefail
cd "$(dirname "$0")/../.."

# The Kubernetes whose schemas judge; raise it with the clusters in use.
KUBERNETES=1.33
# The exposure that `systemd-analyze security` may find at most, in tenths: 0 is none, 100 everything.
EXPOSURE=15

linters() {
  local wanted
  wanted=$(sha256sum tools/deploy/requirements.txt | cut -c1-16)
  LINTERS=${XDG_CACHE_HOME:-$HOME/.cache}/chronus-teams/linters-$wanted
  [[ -e $LINTERS/ready ]] && return
  # Whole or not at all: an install that was cut off is made anew.
  rm -rf "$LINTERS"
  python3 -m venv "$LINTERS" \
    && "$LINTERS/bin/pip" install --quiet --disable-pip-version-check -r tools/deploy/requirements.txt \
    && touch "$LINTERS/ready"
}

# A unit names a program that is not installed here; any that is will do to judge the rest.
unit() {
  local folder
  folder=$(mktemp -d)
  # shellcheck disable=SC2064 # this folder, not another one
  trap "rm -rf '$folder'" RETURN
  sed 's|^ExecStart=/usr/local/bin/chronus-teams|ExecStart=/bin/true|' deploy/systemd/chronus-teams.service > "$folder/chronus-teams.service"
  # What it does not know it only tells and leaves out.
  local said
  said=$(systemd-analyze verify --man=no "$folder/chronus-teams.service" 2>&1) && [[ -z $said ]] || { echo "$said" >&2; return 1; }
  systemd-analyze security --offline=true --threshold="$EXPOSURE" --no-pager "$folder/chronus-teams.service" | tail -1
}

if ! linters; then
  echo "skipped: the linters cannot be installed"
  exit 0
fi
"$LINTERS/bin/hadolint" deploy/Dockerfile
"$LINTERS/bin/shellcheck" deploy/*.sh tools/*/*.sh examples/*.sh .ci/run
"$LINTERS/bin/check-jsonschema" --builtin-schema vendor.compose-spec deploy/compose*.yaml
"$LINTERS/bin/kubernetes-validate" --quiet --strict -k "$KUBERNETES" deploy/kubernetes/*.yaml
if command -v systemd-analyze >/dev/null; then unit; else echo "systemd-analyze is not there; the unit is not judged"; fi
if command -v promtool >/dev/null; then
  promtool check rules deploy/alerts.yml
  promtool check config --syntax-only deploy/prometheus.yml
else
  echo "promtool is not there; the tests judge the alert rules themselves"
fi
echo "deploy/ is in order"

#!/usr/bin/env bash
# The drill for every language that is there:
#   examples/check.sh <the program> <kills> [<languages>]
# SPDX-License-Identifier: MIT-0
set -euo pipefail
program=$(realpath "$1")
kills=$2
languages=${3:-python ruby node}
cd "$(dirname "$0")"
ran=0

wanted() {
  [[ " $languages " == *" $1 "* ]]
}

drill() {
  ./drill.py --program "$program" --language "$1" --kills "$kills"
  ran=$((ran + 1))
}

if ! command -v python3 >/dev/null; then
  echo "python3 is missing, which runs the drill"
  exit 1
fi
if wanted python; then drill python; fi
if wanted ruby; then
  if ruby -e 'require "sqlite3"' 2>/dev/null; then drill ruby; else echo "skipped: ruby with the gem sqlite3 is missing"; fi
fi
if wanted node; then
  if command -v npm >/dev/null && npm ci --prefix node --no-audit --no-fund --silent && (cd node && node -e 'require("better-sqlite3")'); then
    drill node
  else
    echo "skipped: node with better-sqlite3 is missing"
  fi
fi
echo "$ran of 3 languages"

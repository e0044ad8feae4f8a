#!/usr/bin/env bash
# The drill for every language that is there:
#   examples/check.sh <the program> <kills>
# SPDX-License-Identifier: MIT-0
set -euo pipefail
program=$(realpath "$1")
kills=$2
cd "$(dirname "$0")"
ran=0

drill() {
  ./drill.py --program "$program" --language "$1" --kills "$kills"
  ran=$((ran + 1))
}

if command -v python3 >/dev/null; then drill python; else echo "python3 is missing, which also runs the drill"; exit 1; fi
if ruby -e 'require "sqlite3"' 2>/dev/null; then drill ruby; else echo "skipped: ruby with the gem sqlite3 is missing"; fi
if command -v npm >/dev/null && npm ci --prefix node --no-audit --no-fund --silent && (cd node && node -e 'require("better-sqlite3")'); then
  drill node
else
  echo "skipped: node with better-sqlite3 is missing"
fi
echo "$ran of 3 languages"

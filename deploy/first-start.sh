#!/bin/bash
# Makes what is secret, once: an API key, the secrets that bot and login, webhook and receiver, nodes and key service share.
# Nothing of it is published. What is there already stays as it is.
#   first-start.sh <template of the configuration> <folder>
# Leaves the configuration with the key's hash in <folder>/chronus-teams.toml, and the key itself in <folder>/api-key.
set -euo pipefail
umask 077
template=$1
folder=$2
mkdir -p "$folder"

# Put in place whole or not at all: a start that was cut off makes it anew.
put() { cat > "$folder/$1.new" && mv "$folder/$1.new" "$folder/$1"; }
random() { head -c 32 /dev/urandom | base64 -w0; }

[[ -e $folder/app ]] || random | put app
[[ -e $folder/keys ]] || random | put keys
[[ -e $folder/webhook ]] || printf 'whsec_%s' "$(random)" | put webhook
if [[ ! -e $folder/api-key || ! -e $folder/api-key.sha256 ]]; then
  made=$(chronus-teams keys new --organization acme --role ingest --role read --role admin)
  grep -oE '^ctk_[^ ]+$' <<< "$made" | put api-key
  grep -oE '^sha256 = "[0-9a-f]{64}"$' <<< "$made" | put api-key.sha256
fi
hash=$(< "$folder/api-key.sha256")
sed "s|^sha256 = \"0\{64\}\"\$|$hash|" "$template" | put chronus-teams.toml
echo "secrets are in $folder; the API key: cat $folder/api-key"

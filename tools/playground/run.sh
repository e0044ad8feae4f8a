#!/usr/bin/env bash
# Starts the service in its insecure loopback mode and, once it listens, Microsoft's local client in front of it.
# Ends both when the client ends. The Makefile installs the client into .playground/ and builds the service.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.."

./target/trial/chronus-teams --config "$here/chronus-teams.toml" serve --insecure-loopback &
service=$!
trap 'kill "$service" 2>/dev/null || true; wait "$service" 2>/dev/null || true' EXIT

for _ in $(seq 100); do
  kill -0 "$service" 2>/dev/null || { echo "the service did not start; its message stands above" >&2; exit 1; }
  curl -fsS -o /dev/null http://127.0.0.1:3978/healthz 2>/dev/null && break
  sleep 0.1
done

cat <<MESSAGE

  Chat in a browser:  http://localhost:56150
  Send an event:      curl -X POST http://127.0.0.1:3978/v1/events \\
                        -H 'authorization: Bearer ctk_playground_for-this-machine-only' \\
                        -H 'content-type: application/cloudevents+json' --data @$here/event.json
  Or by example:      $here/send.mjs --open                    one of every kind that asks for something
                      $here/send.mjs --all                     and what becomes of them
                      $here/send.mjs --new meeting.requested   one kind (without a name: the list of them)
                      $here/send.mjs meeting.moved             the same meeting changes in place
  Read the answers:   curl http://127.0.0.1:3978/v1/responses \\
                        -H 'authorization: Bearer ctk_playground_for-this-machine-only'

MESSAGE
# The client reads its people from the folder it is started in, and would look hosts of Microsoft's up without this.
cd "$here"
export APPLICATION_INSIGHTS_NO_STATSBEAT=1
node ../../.playground/node_modules/@microsoft/m365agentsplayground/cli.js start \
  --app-endpoint http://127.0.0.1:3978/api/messages --channel-id msteams --port 56150 --disable-telemetry

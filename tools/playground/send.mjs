#!/usr/bin/env node
// Posts examples of schemas/examples to the service that run.sh started, as if they were about the person in the chat
// and happened just now: tools/playground/send.mjs meeting.requested meeting.moved
// `--new` takes new subjects, so that the same example makes another card.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const folder = join(here, '../../schemas/examples');
const all = readdirSync(folder).filter((name) => name.endsWith('.json')).map((name) => name.slice(0, -5));
const url = process.env.CHRONUS_TEAMS_URL ?? 'http://127.0.0.1:3978';
const key = process.env.CHRONUS_TEAMS_KEY ?? 'ctk_playground_for-this-machine-only';
const me = { member_id: 'm-1', email: 'ada.lindqvist@playground.example' };

const fresh = process.argv.includes('--new');
const wanted = process.argv.slice(2).filter((name) => name !== '--new');
const unknown = wanted.filter((name) => !all.includes(name));
if (!wanted.length || unknown.length) {
  console.error(`${unknown.length ? `no such example: ${unknown.join(', ')}\n` : ''}usage: send.mjs [--new] EXAMPLE...\n\n${all.join('\n')}`);
  process.exit(64);
}

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
// All times of an example move together: what happened at its `time` happens now.
const moved = (value, by) => typeof value === 'string' && TIME.test(value) ? new Date(Date.parse(value) + by).toISOString().replace('.000Z', 'Z')
  : Array.isArray(value) ? value.map((item) => moved(item, by))
  : value && typeof value === 'object' ? Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, moved(inner, by)])) : value;

const run = Date.now().toString(36);
for (const name of wanted) {
  const example = JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8'));
  const minute = 60_000;
  const event = moved(example, Math.round((Date.now() - Date.parse(example.time)) / minute) * minute);
  event.id = `${event.id}-${run}`;
  if (fresh && event.subject) event.subject = `${event.subject}-${run}`;
  if (event.data.recipients && event.data.recipients !== 'all') event.data.recipients = [me];
  const answer = await fetch(`${url}/v1/events`, {
    method: 'POST', body: JSON.stringify(event),
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/cloudevents+json' },
  });
  const body = await answer.json();
  const result = body.results?.[0] ?? body;
  console.log(`${name}: ${result.status} ${result.problem ? `${result.problem.pointer} ${result.problem.detail}` : ''}`);
  if (!answer.ok) process.exitCode = 1;
}

#!/usr/bin/env node
// Posts examples of schemas/examples to the service that run.sh started, as if they were about the person in the chat
// and happened just now: tools/playground/send.mjs meeting.requested meeting.moved
// `--new` takes new subjects, so that the same example makes another card; `--open` posts one of every kind that asks for
// something, `--all` goes on with what becomes of them. Both take new subjects, and leave the removal of the member out.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const folder = join(here, '../../schemas/examples');
const all = readdirSync(folder).filter((name) => name.endsWith('.json')).map((name) => name.slice(0, -5));
const url = process.env.CHRONUS_TEAMS_URL ?? 'http://127.0.0.1:3978';
const key = process.env.CHRONUS_TEAMS_KEY ?? 'ctk_playground_for-this-machine-only';
const me = { member_id: 'm-1', email: 'ada.lindqvist@playground.example' };

// How far on in the life of its subject an example is; what begins something comes first.
const BEGINS = /\.(upserted|sent|started|suggested|requested|invited|published|posted|assigned)(\.|$)|^plain$/;
const ENDS = /\.(accepted|declined|withdrawn|expired|ended|cancelled|closed|deleted|done)$/;
const CHANGES = ['email_changed', 'scheduled', 'moved', 'updated', 'edited', 'not_delivered', 'reminder', 'due', 'follow_up', 'ending'];
const age = (name) => BEGINS.test(name) ? 0 : ENDS.test(name) ? CHANGES.length + 1 : 1 + CHANGES.indexOf(name.split('.')[1]);
const ordered = all.filter((name) => name !== 'member.removed').sort((one, other) => age(one) - age(other));
const lists = { '--all': ordered, '--open': ordered.filter((name) => age(name) === 0) };

const given = process.argv.slice(2);
const list = given.find((word) => lists[word]);
const fresh = given.includes('--new') || Boolean(list);
const wanted = list ? lists[list] : given.filter((name) => name !== '--new');
const unknown = wanted.filter((name) => !all.includes(name));
if (!wanted.length || unknown.length) {
  console.error(`${unknown.length ? `no such example: ${unknown.join(', ')}\n` : ''}usage: send.mjs --open | --all | [--new] EXAMPLE...\n\n${all.join('\n')}`);
  process.exit(64);
}

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
// All times of the examples about one thing move together, by whole days, so that what the first of them tells is of
// today and nothing contradicts another; `time` itself is now.
const read = (name) => JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8'));
const DAY = 24 * 60 * 60_000;
const shift = (example) => {
  const family = all.map(read).filter((other) => other.subject === example.subject && other.time).map((other) => Date.parse(other.time));
  return Math.floor(Date.now() / DAY) * DAY - Math.floor(Math.min(...family) / DAY) * DAY;
};
const moved = (value, by) => typeof value === 'string' && TIME.test(value) ? new Date(Date.parse(value) + by).toISOString().replace('.000Z', 'Z')
  : Array.isArray(value) ? value.map((item) => moved(item, by))
  : value && typeof value === 'object' ? Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, moved(inner, by)])) : value;

const run = Date.now().toString(36);
for (const name of wanted) {
  const example = read(name);
  const event = moved(example, shift(example));
  event.time = new Date(Math.floor(Date.now() / 1000) * 1000).toISOString().replace('.000Z', 'Z');
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

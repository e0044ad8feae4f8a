// Hands domain events to chronus-teams out of your own transaction. Copy this file; it needs Node.js 20 alone, and whatever
// your database needs.
//
// `Outbox.add` writes an event beside your own rows, in your transaction: both are there, or neither is. A `Worker`, in the
// same process or one of its own, hands over what is written and takes it out once the service has it. An event's id is
// written with it, so that sending it again, after a crash or a lost answer, has no second effect.
//
// SPDX-License-Identifier: MIT-0

import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";

const LONGEST_PAUSE = 30_000;

/** The service refuses this client: a wrong key, role or address. Nothing is lost; it has to be put right. */
export class Misconfigured extends Error {}

/** The service cannot take anything now. Come again after `milliseconds`, where it says so. */
export class Again extends Error {
  constructor(reason, milliseconds) {
    super(reason);
    this.milliseconds = milliseconds;
  }
}

/** A database is anything whose `prepare(sql)` gives `run` and `all`, as better-sqlite3's does. */
export class Outbox {
  /** `source` names your system for ever, such as /chronus/acme. */
  constructor(database, source) {
    this.insert = database.prepare("INSERT INTO chronus_teams_outbox (event) VALUES (?)");
    this.source = source;
  }

  /** Writes an event; its id. */
  add(type, data, { subject, id = randomUUID() } = {}) {
    const event = { specversion: "1.0", id, source: this.source, type, time: new Date().toISOString(), subject, data };
    this.insert.run(JSON.stringify(event));
    return id;
  }
}

/** Hands over what is written. Several workers do no harm. */
export class Worker {
  constructor(database, url, key, { batch = 100, timeout = 30_000 } = {}) {
    this.waiting = database.prepare(
      "SELECT position, event FROM chronus_teams_outbox WHERE refused IS NULL ORDER BY position LIMIT ?",
    );
    this.taken = database.prepare("DELETE FROM chronus_teams_outbox WHERE position = ?");
    this.refused = database.prepare("UPDATE chronus_teams_outbox SET refused = ? WHERE position = ?");
    this.url = new URL("/v1/events", url);
    this.key = key;
    this.batch = batch;
    this.timeout = timeout;
  }

  /** Works until `stopped()`; waits as long as the service asks for, or twice as long each time. */
  async run(stopped = () => false, idle = 200) {
    let pause = 500;
    while (!stopped()) {
      try {
        if ((await this.work()) === 0) await sleep(idle);
        pause = 500;
      } catch (error) {
        if (!(error instanceof Again)) throw error;
        await sleep(error.milliseconds ?? pause * (0.5 + Math.random() / 2));
        pause = Math.min(pause * 2, LONGEST_PAUSE);
      }
    }
  }

  /** Hands over the oldest events once; how many are settled. */
  async work() {
    const rows = this.waiting.all(this.batch);
    if (rows.length === 0) return 0;
    const settled = await this.#handOver(rows);
    for (const { position, refusal } of settled) {
      if (refusal === undefined) this.taken.run(position);
      else this.refused.run(refusal, position);
    }
    return settled.length;
  }

  /** Each row without a refusal where it is taken, or with why it never will be. */
  async #handOver(rows) {
    const { status, answer } = await this.#post(`[${rows.map((row) => row.event).join(",")}]`);
    const results = answer.results;
    if ([202, 422].includes(status) && results?.length === rows.length) {
      return rows.map(({ position }, index) => ({ position, refusal: refusalOf(results[index]) }));
    }
    // Something in it makes the whole unreadable or too long: half of it tells which.
    if (rows.length > 1) return this.#handOver(rows.slice(0, rows.length / 2));
    return [{ position: rows[0].position, refusal: answer.detail ?? `status ${status}` }];
  }

  async #post(body) {
    let response, text;
    try {
      response = await fetch(this.url, {
        method: "POST",
        headers: { "content-type": "application/cloudevents-batch+json", authorization: `Bearer ${this.key}` },
        body,
        signal: AbortSignal.timeout(this.timeout),
      });
      text = await response.text();
    } catch (error) {
      // Whether it was taken is not known; the same ids again do no harm.
      throw new Again(`no answer: ${error.message}`);
    }
    const { status } = response;
    if (status === 408 || status === 429 || status >= 500) {
      const seconds = Number(response.headers.get("retry-after") ?? Number.NaN);
      throw new Again(`status ${status}`, Number.isFinite(seconds) ? seconds * 1_000 : undefined);
    }
    const answer = parsed(text);
    if (![202, 400, 413, 422].includes(status)) throw new Misconfigured(`status ${status}: ${answer.detail ?? ""}`);
    return { status, answer };
  }
}

function refusalOf(result) {
  if (result.status === "accepted" || result.status === "duplicate") return undefined;
  return `${result.problem?.pointer ?? ""} ${result.problem?.detail ?? "rejected"}`.trim();
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

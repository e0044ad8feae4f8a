// What the drill kills. SPDX-License-Identifier: MIT-0

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { setTimeout as sleep } from "node:timers/promises";
import { Outbox, Worker } from "../node/chronus-teams.mjs";

const Database = createRequire(new URL("../node/", import.meta.url))("better-sqlite3");
const database = new Database(process.env.PRODUCER_DB, { timeout: 60_000 });
database.pragma("journal_mode = WAL");
database.pragma("synchronous = FULL");
database.exec(readFileSync(new URL("../outbox.sqlite.sql", import.meta.url), "utf8"));
database.exec("CREATE TABLE IF NOT EXISTS orders (number INTEGER PRIMARY KEY, event_id TEXT NOT NULL)");

const worker = new Worker(database, process.env.CHRONUS_URL, process.env.CHRONUS_KEY, { batch: 10 }); // a kill comes between them too
if (process.argv.includes("--drain")) {
  const waiting = database.prepare("SELECT 1 FROM chronus_teams_outbox WHERE refused IS NULL LIMIT 1");
  await worker.run(() => waiting.get() === undefined);
} else {
  const outbox = new Outbox(database, "/drill");
  // The service refuses it, and it holds up no other.
  outbox.add("com.chronus.task.assigned", { title: "For nobody" }, { subject: "task/2" });
  const keep = database.prepare("INSERT INTO orders (event_id) VALUES (?)");
  const order = database.transaction(() => {
    const task = { recipients: [{ member_id: "m-01" }], title: "One more" };
    keep.run(outbox.add("com.chronus.task.assigned", task, { subject: "task/1" }));
  });
  console.log("up");
  const writing = (async () => {
    for (;;) {
      order.immediate();
      await sleep(5);
    }
  })();
  const handingOver = worker.run();
  await Promise.race([handingOver, writing]);
}

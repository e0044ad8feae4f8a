// The first event: CHRONUS_URL and CHRONUS_KEY name the service. SPDX-License-Identifier: MIT-0
import { readFileSync } from "node:fs";
import Database from "better-sqlite3";
import { Outbox, Worker } from "./chronus-teams.mjs";

const database = new Database("producer.db");
database.exec(readFileSync(new URL("../outbox.sqlite.sql", import.meta.url), "utf8"));
database.transaction(() => {
  // yours: your own rows, and the event
  new Outbox(database, "/chronus/first-steps").add("com.chronus.task.assigned", { recipients: [{ member_id: "m-01" }], title: "Write down three goals" }, { subject: "task/900" });
})();
console.log(await new Worker(database, process.env.CHRONUS_URL, process.env.CHRONUS_KEY).work(), "handed over");

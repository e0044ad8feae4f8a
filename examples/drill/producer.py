"""What the drill kills. SPDX-License-Identifier: MIT-0"""

import os
import pathlib
import sqlite3
import sys
import threading

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "python"))
from chronus_teams import Outbox, Worker  # noqa: E402


def connect():
    if os.environ["PRODUCER_DB"].startswith("postgres"):
        import psycopg

        return psycopg.connect(os.environ["PRODUCER_DB"])
    # The drill counts on what was committed: each commit is on the disk.
    connection = sqlite3.connect(os.environ["PRODUCER_DB"], timeout=60)
    connection.execute("PRAGMA journal_mode = WAL")
    return connection


def worker():
    # Few at once, so that a kill comes between them too.
    return Worker(connect, os.environ["CHRONUS_URL"], os.environ["CHRONUS_KEY"], batch=10)


database = connect()
is_sqlite = isinstance(database, sqlite3.Connection)
schema = (HERE.parent / f"outbox.{'sqlite' if is_sqlite else 'postgres'}.sql").read_text()
for statement in filter(str.strip, schema.split(";")):
    database.execute(statement)
database.execute("CREATE TABLE IF NOT EXISTS orders (event_id TEXT NOT NULL)")
database.commit()
if "--drain" in sys.argv:
    handing = worker()
    if not is_sqlite:
        database.autocommit = True
    handing.run(stopped=lambda: not database.execute("SELECT 1 FROM chronus_teams_outbox WHERE refused IS NULL").fetchone())
    sys.exit()

threading.Thread(target=lambda: worker().run(), daemon=True).start()
print("up", flush=True)
outbox = Outbox(database, "/drill")
# The service refuses it, and it holds up no other.
outbox.add("com.chronus.task.assigned", {"title": "For nobody"}, "task/2")
database.commit()
insert = f"INSERT INTO orders (event_id) VALUES ({outbox.mark})"
while True:
    task = {"recipients": [{"member_id": "m-01"}], "title": "One more"}
    id = outbox.add("com.chronus.task.assigned", task, "task/1")
    database.execute(insert, (id,))
    database.commit()
    threading.Event().wait(0.005)

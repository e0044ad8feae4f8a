# The first event: CHRONUS_URL and CHRONUS_KEY name the service. SPDX-License-Identifier: MIT-0
import os, pathlib, sqlite3
from chronus_teams import Outbox, Worker

database = sqlite3.connect("producer.db")
database.executescript((pathlib.Path(__file__).parent / "../outbox.sqlite.sql").read_text())
with database:  # your transaction: your own rows, and the event
    Outbox(database, "/chronus/first-steps").add("com.chronus.task.assigned", {"recipients": [{"member_id": "m-01"}], "title": "Write down three goals"}, "task/900")
print(Worker(lambda: sqlite3.connect("producer.db"), os.environ["CHRONUS_URL"], os.environ["CHRONUS_KEY"]).work(), "handed over")

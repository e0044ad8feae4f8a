#!/usr/bin/env python3
"""Kills a producer again and again while it writes orders and hands their events over, and then looks whether every order
that was committed is in the service's log once, and nothing else is.

    examples/drill.py --program target/debug/chronus-teams --language python --kills 50

The producer (drill/producer.*) writes an order and its event in one transaction, as fast as it can, and a worker beside it
hands events over. A kill is SIGKILL, at a random moment after its start. Now and then the service is killed too.
SPDX-License-Identifier: MIT-0
"""

import argparse
import collections
import hashlib
import json
import os
import pathlib
import random
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
KEY = "ctk_acme_for-the-drill-on-this-machine-only"
PRODUCERS = {
    "python": [sys.executable, HERE / "drill/producer.py"],
    "ruby": ["ruby", HERE / "drill/producer.rb"],
    "node": ["node", HERE / "drill/producer.mjs"],
}


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


class Service:
    """chronus-teams on a folder of its own, without Teams: what counts here is its log."""

    def __init__(self, program, folder):
        self.program, self.folder, self.port = program, folder, free_port()
        self.file = folder / "chronus-teams.toml"
        self.file.write_text(
            f'[data]\nfolder = "{folder}/data"\n[http]\nlisten = "127.0.0.1:{self.port}"\nadmin_listen = "127.0.0.1:0"\n'
            f'[teams]\nservice_url = "http://127.0.0.1:9"\nallowed_hosts = ["http://127.0.0.1:9"]\n'
            f'[log]\nlevel = "error"\n[[organizations]]\nid = "acme"\ntenant_id = "7b1f6a52-0d4e-4c55-9a0e-5d1c6f2e9a01"\n'
            f'[[organizations.api_keys]]\nname = "drill"\nsha256 = "{hashlib.sha256(KEY.encode()).hexdigest()}"\n'
            f'roles = ["ingest", "read"]\n'
        )
        self.url = f"http://127.0.0.1:{self.port}"
        self.start()

    def command(self, *arguments):
        environment = {name: value for name, value in os.environ.items() if not name.startswith("CHRONUS_TEAMS_")}
        return dict(args=[self.program, "--config", str(self.file), *arguments], env=environment, cwd=self.folder)

    def start(self):
        self.process = subprocess.Popen(**self.command("serve", "--insecure-loopback"))
        until = time.monotonic() + 60
        while time.monotonic() < until:
            try:
                urllib.request.urlopen(f"{self.url}/healthz", timeout=2).close()
                return
            except OSError:
                if self.process.poll() is not None:
                    sys.exit(f"the service ended with {self.process.returncode}")
                time.sleep(0.05)
        sys.exit("the service did not come up")

    def kill(self):
        self.process.kill()
        self.process.wait()

    def events(self):
        """How often each event of the drill stands in the log."""
        replay = subprocess.run(**self.command("replay", "--type", "DomainEventAccepted"), capture_output=True, check=True)
        ids = (json.loads(line)["data"]["id"] for line in replay.stdout.splitlines())
        return collections.Counter(ids)


def rows(database, query):
    if str(database).startswith("postgres"):
        import psycopg

        connection = psycopg.connect(database)
    else:
        connection = sqlite3.connect(database, timeout=60)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def drill(arguments, folder):
    draw = random.Random(arguments.seed)
    service = Service(arguments.program, folder)
    database = arguments.postgres or folder / "producer.db"
    environment = {**os.environ, "CHRONUS_URL": service.url, "CHRONUS_KEY": KEY, "PRODUCER_DB": str(database)}
    command = [str(part) for part in PRODUCERS[arguments.language]]
    try:
        for number in range(1, arguments.kills + 1):
            producer = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE)
            # It says a word once it is up; from then on any moment will do, and now and then one before.
            if draw.random() > 0.1 and not producer.stdout.readline():
                sys.exit(f"the producer ended by itself with {producer.wait()}")
            time.sleep(draw.uniform(0, arguments.longest))
            producer.send_signal(signal.SIGKILL)
            producer.wait()
            producer.stdout.close()
            if number % arguments.service_every == 0:
                service.kill()
                service.start()
        # What is left is handed over in peace.
        subprocess.run([*command, "--drain"], env=environment, check=True, timeout=600)
        return verdict(service, database)
    finally:
        service.kill()


def verdict(service, database):
    orders = {row[0] for row in rows(database, "SELECT event_id FROM orders")}
    waiting = rows(database, "SELECT position FROM chronus_teams_outbox WHERE refused IS NULL")
    refused = [row[0] for row in rows(database, "SELECT refused FROM chronus_teams_outbox WHERE refused IS NOT NULL")]
    stored = service.events()
    lost, made_up = orders - stored.keys(), stored.keys() - orders
    doubled = [id for id, count in stored.items() if count > 1]
    print(f"{len(orders)} orders committed, {len(stored)} events in the log, {len(waiting)} left in the outbox, "
          f"{len(refused)} refused as they should be")
    for what, ids in (("lost", lost), ("without an order", made_up), ("doubled", doubled)):
        if ids:
            print(f"{len(ids)} {what}, such as {sorted(ids)[:3]}")
    told = all("recipients" in why for why in refused)
    return bool(orders) and bool(refused) and told and not (lost or made_up or doubled or waiting)


def main():
    reader = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    reader.add_argument("--program", required=True, type=lambda path: str(pathlib.Path(path).resolve()))
    reader.add_argument("--language", choices=PRODUCERS, default="python")
    reader.add_argument("--postgres", metavar="URL", help="an empty PostgreSQL database in place of SQLite (python, psycopg 3)")
    reader.add_argument("--kills", type=int, default=50)
    reader.add_argument("--longest", type=float, default=0.2, help="seconds that a producer may live at most once it is up")
    reader.add_argument("--service-every", type=int, default=25, help="kill the service too after so many kills")
    reader.add_argument("--seed", type=int, default=1)
    arguments = reader.parse_args()
    with tempfile.TemporaryDirectory(prefix="drill-") as folder:
        is_good = drill(arguments, pathlib.Path(folder))
    print(f"{arguments.language}: {arguments.kills} kills, {'nothing lost, nothing doubled' if is_good else 'FAILED'}")
    sys.exit(0 if is_good else 1)


if __name__ == "__main__":
    main()

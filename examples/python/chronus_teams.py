"""Hands domain events to chronus-teams out of your own transaction. Copy this file; it needs the standard library alone.

`Outbox.add` writes an event beside your own rows, in your transaction: both are there, or neither is. A `Worker`, in a
thread or a process of its own, hands over what is written and takes it out once the service has it. An event's id is
written with it, so that sending it again, after a crash or a lost answer, has no second effect.

SPDX-License-Identifier: MIT-0
"""

import datetime
import json
import random
import sqlite3
import time
import urllib.error
import urllib.request
import uuid

BATCH = 100
LONGEST_PAUSE = 30.0


class Misconfigured(Exception):
    """The service refuses this client: a wrong key, role or address. Nothing is lost; it has to be put right."""


class Again(Exception):
    """The service cannot take anything now. Come again after `seconds`."""

    def __init__(self, reason, seconds=None):
        super().__init__(reason)
        self.seconds = seconds


class Outbox:
    """Your connection, whatever transaction it is in; `source` names your system for ever, such as /chronus/acme."""

    def __init__(self, connection, source):
        self.connection, self.source = connection, source
        self.mark = "?" if isinstance(connection, sqlite3.Connection) else "%s"

    def add(self, type, data, subject=None, id=None):
        """Writes an event; its id."""
        event = {
            "specversion": "1.0",
            "id": id or str(uuid.uuid4()),
            "source": self.source,
            "type": type,
            "time": datetime.datetime.now(datetime.timezone.utc).isoformat(),
            "data": data,
        }
        if subject:
            event["subject"] = subject
        insert = f"INSERT INTO chronus_teams_outbox (event) VALUES ({self.mark})"
        self.connection.execute(insert, (json.dumps(event, ensure_ascii=False),))
        return event["id"]


class Worker:
    """Hands over what is written. `connect` opens a connection of its own; several workers do no harm."""

    def __init__(self, connect, url, key, batch=BATCH, timeout=30):
        self.connection = connect()
        self.is_sqlite = isinstance(self.connection, sqlite3.Connection)
        self.url, self.key, self.batch, self.timeout = url.rstrip("/"), key, batch, timeout

    def run(self, stopped=lambda: False, idle=0.2):
        """Works until `stopped()`; waits as long as the service asks for, or twice as long each time."""
        pause = 0.5
        while not stopped():
            try:
                if self.work() == 0:
                    time.sleep(idle)
                pause = 0.5
            except Again as again:
                time.sleep(again.seconds or pause * random.uniform(0.5, 1))
                pause = min(pause * 2, LONGEST_PAUSE)

    def work(self):
        """Hands over the oldest events once; how many are settled."""
        try:
            rows = self._waiting()
            settled = self._hand_over(rows) if rows else []
            mark = "?" if self.is_sqlite else "%s"
            for position, refused in settled:
                if refused is None:
                    self.connection.execute(f"DELETE FROM chronus_teams_outbox WHERE position = {mark}", (position,))
                else:
                    update = f"UPDATE chronus_teams_outbox SET refused = {mark} WHERE position = {mark}"
                    self.connection.execute(update, (refused, position))
            self.connection.commit()
            return len(settled)
        except BaseException:
            self.connection.rollback()
            raise

    def _waiting(self):
        # On Postgres two workers take different rows.
        lock = "" if self.is_sqlite else " FOR UPDATE SKIP LOCKED"
        select = "SELECT position, event FROM chronus_teams_outbox WHERE refused IS NULL ORDER BY position LIMIT "
        return self.connection.execute(f"{select}{int(self.batch)}{lock}").fetchall()

    def _hand_over(self, rows):
        """Each row with nothing where it is taken, or why it never will be."""
        status, answer = self._post("[" + ",".join(event for _, event in rows) + "]")
        results = answer.get("results")
        if status in (202, 422) and results is not None and len(results) == len(rows):
            return [(row[0], _refusal(result)) for row, result in zip(rows, results)]
        # Something in it makes the whole unreadable or too long: half of it tells which.
        if len(rows) > 1:
            return self._hand_over(rows[: len(rows) // 2])
        return [(rows[0][0], answer.get("detail") or f"status {status}")]

    def _post(self, body):
        request = urllib.request.Request(f"{self.url}/v1/events", data=body.encode(), method="POST")
        request.add_header("content-type", "application/cloudevents-batch+json")
        request.add_header("authorization", f"Bearer {self.key}")
        try:
            with urllib.request.urlopen(request, timeout=self.timeout) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as error:
            status, headers, said = error.code, error.headers, error.read()
        except OSError as error:
            # Whether it was taken is not known; the same ids again do no harm.
            raise Again(f"no answer: {error}") from error
        if status in (408, 429) or status >= 500:
            raise Again(f"status {status}", _seconds(headers.get("retry-after")))
        try:
            answer = json.loads(said)
        except ValueError:
            answer = {}
        if status not in (400, 413, 422):
            raise Misconfigured(f"status {status}: {answer.get('detail', '')}")
        return status, answer


def _refusal(result):
    if result["status"] in ("accepted", "duplicate"):
        return None
    problem = result.get("problem") or {}
    return f"{problem.get('pointer', '')} {problem.get('detail', 'rejected')}".strip()


def _seconds(text):
    try:
        return float(text)
    except (TypeError, ValueError):
        return None

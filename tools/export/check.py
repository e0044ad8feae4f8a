#!/usr/bin/env python3
"""Runs the questions of docs/analytics.md in DuckDB over an export, and compares each answer with the report that it names.

    pip install duckdb
    chronus-teams export FOLDER
    tools/export/check.py PROGRAM FOLDER

PROGRAM is chronus-teams with its configuration in the environment (CHRONUS_TEAMS_CONFIG or CHRONUS_TEAMS_DATA__FOLDER).
"""

import json
import os
import pathlib
import re
import subprocess
import sys

import duckdb

PAGE = pathlib.Path(__file__).parents[2] / "docs" / "analytics.md"
QUESTION = re.compile(r"\(`(report [^`]*)`\):\n\n```sql\n(.*?)```", re.DOTALL)


def figures(program, arguments, columns, position):
    """The lines of a report that have these columns, as of where the export ends."""
    if "--as-of" not in arguments:
        arguments = arguments + ["--as-of", str(position)]
    told = subprocess.run(
        [program, *arguments, "--format", "json"], check=True, capture_output=True, text=True
    )
    lines = set()
    for table in json.loads(told.stdout)["tables"]:
        for group in table["groups"]:
            for line in group["lines"]:
                line = {"group": group["group"], **line}
                labels = [name for name in line if name not in ("group", "count", "share_percent", "median_ms", "p90_ms")]
                asked = [name for name in columns if name not in ("group", "count", "median_ms", "p90_ms")]
                if sorted(labels) == sorted(asked) and line["count"] != 0:
                    lines.add((table["table"], tuple(line[name] for name in columns)))
    return lines


def main():
    program, folder = os.path.abspath(sys.argv[1]), sys.argv[2]
    position = json.loads((pathlib.Path(folder) / "export.json").read_text())["position"]
    questions = QUESTION.findall(PAGE.read_text())
    failed = len(questions) < 10
    for command, sql in questions:
        section = re.search(r"section = '(\w+)'", sql).group(1)
        found = [
            {line for table, line in figures(program, command.split(), columns, position) if table == section}
            for rows, columns in [answer(sql, folder)]
        ]
        rows, _ = answer(sql, folder)
        same = found == [rows]
        failed |= not same
        print(f"{'same' if same else 'DIFFERENT'}  {len(rows):>4} lines  {command}")
        if not same:
            print("  only in SQL:", sorted(rows - found[0], key=str))
            print("  only in the report:", sorted(found[0] - rows, key=str))
    sys.exit(failed)


def answer(sql, folder):
    """The rows of a question, and the names of its columns."""
    os.chdir(folder)
    asked = duckdb.sql(sql)
    return {tuple(row) for row in asked.fetchall()}, asked.columns


if __name__ == "__main__":
    main()

"""Checks images of the tortured database, one a line: path, then the acknowledged commits of each writer.

Answers one line each: "ok", "torn WHY", "stale WHY" or "broken WHY".
"""

import sqlite3
import sys


def check(path, acknowledged):
    connection = sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)
    try:
        problems = [row[0] for row in connection.execute("PRAGMA integrity_check")]
        if problems != ["ok"]:
            return f"torn {problems[0][:200]}"
        one = lambda sql: connection.execute(sql).fetchone()
        commits = [row[0] for row in connection.execute("SELECT commits FROM counters ORDER BY writer")]
        if any(found < wanted for found, wanted in zip(commits, acknowledged)):
            return f"stale {commits} though {acknowledged} were acknowledged"
        if one("SELECT sum(balance) FROM accounts") != (20000,):
            return "broken sum of the accounts"
        if one("SELECT filler, commits FROM totals") != one(
            "SELECT (SELECT count(*) FROM filler), (SELECT sum(commits) FROM counters)"
        ):
            return "broken totals"
        if one("SELECT count(*) FROM filler WHERE length(body)<>size") != (0,):
            return "broken filler"
        return "ok"
    except sqlite3.DatabaseError as error:
        return f"torn {error}"
    finally:
        connection.close()


for line in sys.stdin:
    path, *acknowledged = line.rstrip("\n").split("\t")
    print(check(path, [int(count) for count in acknowledged]).replace("\n", " "), flush=True)

"""The peers of `npm run bench`, in one warm Python process: a JSON command a line in, a JSON answer a line out.

Times are taken here, around the work alone, so that the pipe is not in them.
"""

import json
import os
import shutil
import sqlite3
import sys
import time

CATEGORIES = ["api", "ui", "auth", "billing", "search", "reports"]


def make(database, size_bytes):
    """A feature database of about the size asked for, in WAL mode, shaped like AutoForge's."""
    connection = sqlite3.connect(database)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute(
        "CREATE TABLE features (id INTEGER PRIMARY KEY, priority INTEGER NOT NULL, category VARCHAR(100) NOT NULL,"
        " name VARCHAR(255) NOT NULL, description TEXT NOT NULL, steps JSON NOT NULL, passes BOOLEAN NOT NULL,"
        " in_progress BOOLEAN NOT NULL, dependencies JSON, needs_human_input BOOLEAN NOT NULL,"
        " human_input_request JSON, human_input_response JSON)"
    )
    connection.execute("CREATE INDEX ix_features_id ON features (id)")
    connection.execute("CREATE INDEX ix_features_priority ON features (priority)")
    connection.execute("CREATE INDEX ix_features_passes ON features (passes)")
    rows = max(1, size_bytes // 640)
    connection.executemany(
        "INSERT INTO features VALUES (?,?,?,?,?,?,?,0,NULL,0,NULL,NULL)",
        (
            (
                i,
                i,
                CATEGORIES[i % 6],
                f"Feature {i}: a person can do the thing numbered {i * 7919 % 10007}",
                f"As a user of part {i % 97} I want case {i * 31 % 1013} to work, so that the flow ends well. " * 3,
                json.dumps([f"Step {s}: open page {i * s % 89} and check field {s}" for s in range(1, 5)]),
                i % 3 == 0,
            )
            for i in range(1, rows + 1)
        ),
    )
    connection.commit()
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return os.path.getsize(database)


def touch(connection):
    """One committed write, as an agent makes it; the connection stays open, as an agent's does."""
    connection.execute("UPDATE features SET passes = 1 - passes WHERE id = (SELECT 1 + abs(random()) % max(id) FROM features)")
    connection.commit()


def sync(path):
    descriptor = os.open(path, os.O_RDWR)
    os.fsync(descriptor)
    os.close(descriptor)


def backup_api(database, target):
    """Connection.backup, then quick_check of the copy, then fsync: what a careful Python tool does."""
    source, copy = sqlite3.connect(database), sqlite3.connect(target)
    source.backup(copy)
    copy.execute("PRAGMA quick_check").fetchall()
    copy.close()
    source.close()
    sync(target)


def vacuum_into(database, target):
    source = sqlite3.connect(database)
    source.execute("VACUUM INTO ?", (target,))
    source.close()
    sync(target)


def copy_and_sync(database, target):
    shutil.copyfile(database, target)
    sync(target)


def original_tool(database, target):
    """Connect, COUNT, copy the main file, write a JSON beside it: neither consistent, nor checked, nor synced."""
    connection = sqlite3.connect(database)
    count = connection.execute("SELECT COUNT(*) FROM features").fetchone()[0]
    connection.close()
    shutil.copy2(database, target)
    with open(target + ".json", "w") as file:
        json.dump({"feature_count": count, "original_size": os.path.getsize(database)}, file, indent=2)


PEERS = {f.__name__: f for f in (backup_api, vacuum_into, copy_and_sync, original_tool)}


def serve():
    writers = {}
    for line in sys.stdin:
        command = json.loads(line)
        database = command["database"]
        answer = {}
        if command["do"] == "make":
            answer["sizeBytes"] = make(database, command["sizeBytes"])
        elif command["do"] == "touch":
            if database not in writers:
                writers[database] = sqlite3.connect(database)
            touch(writers[database])
        elif command["do"] == "release":
            writers.pop(database).close()
        else:
            target = command["target"]
            begin = time.perf_counter()
            PEERS[command["do"]](database, target)
            answer["ms"] = (time.perf_counter() - begin) * 1000
            for path in (target, target + ".json"):
                if os.path.exists(path):
                    os.unlink(path)
        print(json.dumps(answer), flush=True)


if len(sys.argv) == 4:
    PEERS[sys.argv[1]](sys.argv[2], sys.argv[3])
else:
    serve()

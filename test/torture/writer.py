"""One of several writers of a database under torture.

usage: writer.py create|write DATABASE MODE WRITER SEED ACKNOWLEDGEMENTS

Every transaction keeps what checkImages.py checks: the sum over the accounts, the number of filler rows recorded in `totals`, the
sum of the writers' counters. A commit is acknowledged, in a file, after it has returned.
"""

import os
import random
import sqlite3
import sys
import time

ACCOUNTS = 200
RECORD_BYTES = 16
# The longest pause in seconds, chosen anew for all writers every half second.
PAUSES = [0, 0.005, 0.03, 0.1]


def main():
    command, path, mode, writer, seed, acknowledgements = sys.argv[1:]
    choice = random.Random(seed)
    if command == "create":
        create(path, mode, choice)
    else:
        write(path, mode, int(writer), choice, acknowledgements)


def create(path, mode, choice):
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute(f"PRAGMA page_size={choice.choice([512, 1024, 4096, 4096])}")
    connection.execute("PRAGMA auto_vacuum=INCREMENTAL")
    connection.execute(f"PRAGMA journal_mode={'DELETE' if mode == 'SWITCH' else mode}")
    connection.execute("BEGIN")
    connection.execute("CREATE TABLE accounts(id INTEGER PRIMARY KEY, balance INTEGER, padding TEXT)")
    connection.execute("CREATE TABLE counters(writer INTEGER PRIMARY KEY, commits INTEGER)")
    connection.execute("CREATE TABLE totals(filler INTEGER, commits INTEGER)")
    connection.execute("CREATE TABLE filler(id INTEGER PRIMARY KEY, size INTEGER, body TEXT)")
    connection.execute("CREATE INDEX filler_size ON filler(size)")
    rows = [(account, 100, "x" * 400) for account in range(ACCOUNTS)]
    connection.executemany("INSERT INTO accounts VALUES(?,?,?)", rows)
    connection.executemany("INSERT INTO counters VALUES(?,0)", [(writer,) for writer in range(4)])
    connection.execute("INSERT INTO totals VALUES(0,0)")
    add_filler(connection, 200, choice)
    connection.execute("COMMIT")
    connection.close()


def write(path, mode, writer, choice, acknowledgements):
    record = os.open(acknowledgements, os.O_RDWR)
    parent = os.getppid()
    while os.getppid() == parent:
        connection = connect(path, mode, choice)
        for _ in range(choice.randint(1, 8 if mode == "SWITCH" else 80)):
            try:
                commits = transact(connection, writer, choice)
                if commits is not None:
                    os.pwrite(record, b"%016d" % commits, writer * RECORD_BYTES)
                if choice.random() < 0.1:
                    tidy(connection, choice)
            except sqlite3.OperationalError as error:
                if not is_expected(error):
                    raise
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
            time.sleep(choice.random() * PAUSES[int(time.time() * 2) % len(PAUSES)])
        connection.close()
        if mode == "SWITCH":
            # The mode changes only while nobody else has the database open.
            time.sleep(choice.random() * 0.4)


def connect(path, mode, choice):
    connection = sqlite3.connect(path, isolation_level=None, timeout=5)
    if mode == "SWITCH":
        mode = choice.choice(["WAL", "WAL", "DELETE", "PERSIST"])
    # Without waiting: some modes are refused while others have the database open, and the one it is in is as good.
    for pragma in [
        f"journal_mode={mode}",
        f"synchronous={choice.choice(['OFF', 'NORMAL', 'FULL'])}",
        f"cache_size={choice.choice([4, 10, 2000])}",
        f"wal_autocheckpoint={choice.choice([1, 5, 50, 1000])}",
    ]:
        try:
            connection.execute(f"PRAGMA {pragma}").fetchall()
        except sqlite3.OperationalError as error:
            if not is_expected(error):
                raise
    return connection


def transact(connection, writer, choice):
    connection.execute("BEGIN IMMEDIATE")
    payer, payee = choice.sample(range(ACCOUNTS), 2)
    amount = choice.randint(1, 50)
    connection.execute("UPDATE accounts SET balance=balance-? WHERE id=?", (amount, payer))
    size = choice.random()
    if size < 0.15:
        add_filler(connection, choice.randint(1, 150), choice)
    elif size < 0.35:
        remove_filler(connection, choice)
    elif size < 0.4:
        connection.execute("UPDATE accounts SET balance=balance+0")
    connection.execute("UPDATE accounts SET balance=balance+? WHERE id=?", (amount, payee))
    connection.execute("UPDATE counters SET commits=commits+1 WHERE writer=?", (writer,))
    connection.execute("UPDATE totals SET commits=commits+1")
    (commits,) = connection.execute("SELECT commits FROM counters WHERE writer=?", (writer,)).fetchone()
    if choice.random() < 0.1:
        connection.execute("ROLLBACK")
        return None
    connection.execute("COMMIT")
    return commits


def add_filler(connection, count, choice):
    rows = [(size, chr(97 + size % 26) * size) for size in (choice.randint(10, 3000) for _ in range(count))]
    connection.executemany("INSERT INTO filler(size, body) VALUES(?,?)", rows)
    connection.execute("UPDATE totals SET filler=filler+?", (count,))


def remove_filler(connection, choice):
    limit = 400 if choice.random() < 0.2 else choice.randint(1, 100)
    connection.execute("DELETE FROM filler WHERE id IN (SELECT id FROM filler ORDER BY id LIMIT ?)", (limit,))
    connection.execute("UPDATE totals SET filler=filler-(SELECT changes())")


def tidy(connection, choice):
    kind = choice.random()
    if kind < 0.8:
        how = choice.choice(["PASSIVE", "FULL", "RESTART", "TRUNCATE"])
        connection.execute(f"PRAGMA wal_checkpoint({how})").fetchall()
    elif kind < 0.95:
        connection.execute(f"PRAGMA incremental_vacuum({choice.randint(1, 200)})").fetchall()
    else:
        connection.execute("VACUUM")


def is_expected(error):
    return any(word in str(error) for word in ("locked", "busy", "disk I/O error"))


main()

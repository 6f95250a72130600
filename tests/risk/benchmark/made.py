"""Transactions as the handbook's simulator makes them, small, and made here: seeded, and nothing is copied."""

import csv
import random
from datetime import datetime, timedelta

import numpy as np

from risk.benchmark.table import DAY_S, EPOCH, Table

FIELDS = ("TRANSACTION_ID", "TX_DATETIME", "CUSTOMER_ID", "TERMINAL_ID", "TX_AMOUNT", "TX_FRAUD")


def table(*, seed=1, days=60, customers=120, terminals=60):
    """Customers with a usual amount; compromised terminals for 28 days, stolen cards with five times the amount."""
    chance = random.Random(seed)
    usual = [chance.uniform(5, 100) for _ in range(customers)]
    bad = {(chance.randrange(terminals), start) for start in range(0, days, 5)}
    stolen = {(chance.randrange(customers), start) for start in range(0, days, 4)}
    rows = []
    for day in range(days):
        for customer in range(customers):
            for _ in range(chance.choice([0, 0, 0, 1, 1])):
                terminal = chance.randrange(terminals)
                cents = max(1, round(100 * chance.gauss(usual[customer], usual[customer] / 2)))
                fraud = any((terminal, start) in bad for start in range(day - 27, day + 1))
                if (
                    any((customer, start) in stolen for start in range(day - 13, day + 1))
                    and chance.random() < 1 / 3
                ):
                    cents, fraud = cents * 5, True
                rows.append(
                    (day * DAY_S + chance.randrange(DAY_S), customer, terminal, cents, int(fraud))
                )
    rows.sort()
    columns = np.array(rows, dtype=np.int64).T
    return Table(np.arange(len(rows)), *columns)


def write(made, path, *, delimiter=","):
    """As a file with the raw columns."""
    start = datetime.combine(EPOCH, datetime.min.time())
    with path.open("w", newline="") as file:
        lines = csv.writer(file, delimiter=delimiter)
        lines.writerow(FIELDS)
        for i in range(len(made)):
            moment = start + timedelta(seconds=int(made.seconds[i]))
            amount = f"{made.cents[i] // 100}.{made.cents[i] % 100:02}"
            lines.writerow(
                [made.ids[i], moment, made.customers[i], made.terminals[i], amount, made.frauds[i]]
            )
    return path

import math
from dataclasses import replace

import numpy as np
import pytest

from risk.benchmark.features import DELAY_S, Known, book, ours
from risk.benchmark.table import DAY_S, EPOCH
from tests.risk.benchmark.made import table

NAN = math.nan


@pytest.fixture(scope="module")
def made():
    return table()


@pytest.fixture(scope="module")
def columns(made):
    return dict(ours(Known.of(made)))


class Naive:
    """Every feature by its definition, one transaction at a time, looking at every other."""

    def __init__(self, made):
        names = ("seconds", "customers", "terminals", "cents", "frauds")
        self.rows = [dict(zip(names, map(int, row), strict=True), n=n) for n, row in enumerate(zip(*(getattr(made, name) for name in names), strict=True))]  # fmt: skip
        for row in self.rows:
            row["ratio"] = self.usual(row)[3]

    def log(self, row, key):
        return [other for other in self.rows if other[key] == row[key]]

    def before(self, row, key):
        return [
            o for o in self.log(row, key) if (o["seconds"], o["n"]) < (row["seconds"], row["n"])
        ]

    def within(self, rows, row, days, *, ago=0):
        now = row["seconds"] - ago
        return [o for o in rows if now - days * DAY_S < o["seconds"] <= now]

    def usual(self, row):
        past = self.within(self.before(row, "customers"), row, 60)
        clean = [
            o["cents"] / 100
            for o in past
            if not (o["frauds"] and o["seconds"] <= row["seconds"] - DELAY_S)
        ]
        if not clean:
            return NAN, NAN, 0, NAN
        mean = sum(clean) / len(clean)
        spread = (
            math.sqrt(max(sum(a * a for a in clean) / len(clean) - mean**2, 0))
            if len(clean) >= 3
            else NAN
        )
        return mean, spread, len(clean), row["cents"] / 100 / mean

    def features(self, row):
        return {
            **self.book(row),
            **self.customer(row),
            **self.large(row),
            **self.terminal(row),
            **self.streak(row),
        }

    def book(self, row):
        weekday = (row["seconds"] // DAY_S + EPOCH.weekday()) % 7
        hour = row["seconds"] % DAY_S / 3600
        found = {
            "amount": row["cents"] / 100,
            "weekend": weekday >= 5,
            "night": int(hour) <= 6,
            "hour": hour,
        }
        own = [*self.before(row, "customers"), row]
        known = self.log(row, "terminals")
        for days in (1, 7, 30):
            some = self.within(own, row, days)
            found[f"customer_count_{days}d"] = len(some)
            found[f"customer_mean_{days}d"] = sum(o["cents"] for o in some) / 100 / len(some)
            some = self.within(known, row, days, ago=DELAY_S)
            found[f"terminal_count_{days}d"] = len(some)
            found[f"terminal_risk_{days}d"] = (
                sum(o["frauds"] for o in some) / len(some) if some else 0
            )
        return found

    def customer(self, row):
        mean, spread, count, ratio = self.usual(row)
        past = self.before(row, "customers")
        found = {
            "customer_usual": mean, "customer_spread": spread, "customer_known": count, "customer_ratio": ratio,
            "customer_z": (row["cents"] / 100 - mean) / spread if spread > 1e-6 else NAN,
            "customer_gap": (row["seconds"] - past[-1]["seconds"]) / DAY_S if past else NAN,
        }  # fmt: skip
        for days in (1, 7, 30):
            some = self.within([*past, row], row, days)
            found[f"customer_level_{days}d"] = (
                sum(o["cents"] for o in some) / 100 / len(some) / mean
            )
        for days in (7, 14, 30):
            found[f"customer_frauds_{days}d"] = sum(
                o["frauds"] for o in self.within(past, row, days, ago=DELAY_S)
            )
        for before in (1, 2):
            found[f"customer_ratio_{before}_before"] = (
                past[-before]["ratio"] if len(past) >= before else NAN
            )
        return found

    def large(self, row):
        past = self.before(row, "customers")
        large = [o for o in past if o["ratio"] > 3]
        found = {
            f"customer_large_{days}d": len(self.within(large, row, days)) for days in (1, 3, 7, 14)
        }
        week = self.within(past, row, 14)
        recent = self.within(large, row, 14)
        found["customer_large_share_14d"] = len(recent) / len(week) if week else NAN
        found["customer_large_last"] = (
            (row["seconds"] - large[-1]["seconds"]) / DAY_S if large else NAN
        )
        found["customer_large_first_14d"] = (
            (row["seconds"] - recent[0]["seconds"]) / DAY_S if recent else NAN
        )
        return found

    def known(self, row):
        return [o for o in self.log(row, "terminals") if o["seconds"] <= row["seconds"] - DELAY_S]

    def odd(self, row):
        return row["frauds"] and (math.isnan(row["ratio"]) or row["ratio"] < 2)

    def terminal(self, row):
        known, found = self.known(row), {}
        for days in (1, 3, 7, 14, 21, 28):
            some = self.within(known, row, days, ago=DELAY_S)
            odd = sum(map(self.odd, some))
            found[f"terminal_frauds_{days}d"] = sum(o["frauds"] for o in some)
            found[f"terminal_odd_{days}d"] = odd
            if days > 1:
                found[f"terminal_odd_share_{days}d"] = odd / len(some) if some else NAN
        past = self.before(row, "terminals")
        found["terminal_unreported"] = len(past) - len(known)
        found["terminal_count_28d"] = len(self.within(past, row, 28))
        return found

    def streak(self, row):
        known = self.known(row)
        good = [place for place, o in enumerate(known) if not o["frauds"]]
        odd = [place for place, o in enumerate(known) if self.odd(o)]
        run = known[good[-1] + 1 :] if good else known
        recent = [o for o in self.within(known, row, 28, ago=DELAY_S) if self.odd(o)]
        age = lambda o: (row["seconds"] - o["seconds"]) / DAY_S  # noqa: E731
        return {
            "terminal_good_age": age(known[good[-1]]) if good else NAN,
            "terminal_odd_last": age(known[odd[-1]]) if odd else NAN,
            "terminal_odd_first_28d": age(recent[0]) if recent else NAN,
            "terminal_streak": len(run),
            "terminal_streak_odd": sum(map(self.odd, run)),
            "terminal_streak_age": age(run[0]) if run else NAN,
            "terminal_good_since_odd": sum(not o["frauds"] for o in known[odd[-1] :])
            if odd
            else NAN,
            "terminal_newest_is_fraud": known[-1]["frauds"] if known else NAN,
        }


def test_every_feature_is_its_definition(made, columns):
    """Prefix sums and binary search against a loop over everything."""
    naive = Naive(made)
    for row in naive.rows[:: max(1, len(made) // 150)]:
        expected = naive.features(row)
        assert set(expected) == set(columns)
        for name, value in expected.items():
            found = columns[name][row["n"]]
            assert found == pytest.approx(float(value), rel=1e-9, abs=1e-9, nan_ok=True), (
                row["n"],
                name,
            )


def test_the_books_features_come_first_and_are_fifteen(made, columns):
    assert list(dict(book(Known.of(made)))) == list(columns)[:15]


def test_no_feature_knows_a_label_before_it_is_known(made, columns):
    """At any moment, labels that become known later may be anything: no feature of the past sees them."""
    moment = int(made.seconds[len(made) * 2 // 3])
    unknown = made.seconds > moment - DELAY_S
    turned = replace(made, frauds=np.where(unknown, 1 - made.frauds, made.frauds))
    before = made.seconds <= moment
    for name, column in ours(Known.of(turned)):
        np.testing.assert_array_equal(column[before], columns[name][before], name)
    after = dict(ours(Known.of(turned)))["terminal_frauds_7d"] != columns["terminal_frauds_7d"]
    assert after.any()  # and later on they do


def test_no_feature_knows_what_comes_later(made, columns):
    cut = len(made) * 2 // 3
    early = type(made)(
        *(
            getattr(made, name)[:cut]
            for name in ("ids", "seconds", "customers", "terminals", "cents", "frauds")
        )
    )
    for name, column in ours(Known.of(early)):
        np.testing.assert_allclose(column, columns[name][:cut], rtol=1e-9, atol=1e-9, err_msg=name)


def test_numbers_of_customers_and_terminals_say_nothing(made, columns):
    chance = np.random.default_rng(5)
    renamed = replace(
        made,
        ids=made.ids + 7,
        customers=chance.permutation(120)[made.customers],
        terminals=chance.permutation(60)[made.terminals],
    )
    for name, column in ours(Known.of(renamed)):
        np.testing.assert_allclose(column, columns[name], rtol=1e-7, atol=1e-7, err_msg=name)

import itertools
import json

from risk.facts import Facts
from risk.features import vector
from risk.past import Memory, Sighting, numbers
from risk.training.fit import DAY_MS
from risk.training.simulator import START_MS, rows, simulate
from risk.training.stories import STORIES


def first(n, **changed):
    return list(itertools.islice(simulate(5, 40, **({"per_day": 60} | changed)), n))


def test_the_same_seed_gives_the_same_days():
    assert first(300) == first(300)
    other = [event.facts.email for event in itertools.islice(simulate(6, 40, per_day=60), 300)]
    assert other != [event.facts.email for event in first(300)]


def test_all_stories_are_told_in_order_and_labels_come_later():
    events = list(simulate(11, 40, per_day=30, thieves=15))
    times = [event.facts.at_ms for event in events]
    assert times == sorted(times)
    assert {event.story for event in events} == set(STORIES)
    assert 0.03 < sum(event.is_fraud for event in events) / len(events) < 0.5
    for event in events:
        assert all(label.known_ms > event.facts.at_ms for label in event.labels)
        assert (event.answered is None) == (event.outcome != "ok")
    disputes = [
        (label.known_ms - event.facts.at_ms) / DAY_MS
        for event in events
        for label in event.labels
        if label.source == "dispute"
    ]
    assert 10 <= min(disputes) < max(disputes) <= 60


def test_before_is_what_was_known_before():
    for event in first(400):
        facts = event.facts
        assert facts.cvc is facts.three_ds is facts.provider_score is None
        stored = Facts.from_json(json.loads(json.dumps(facts.to_json())))
        assert list(map(repr, vector(stored))) == list(map(repr, vector(facts)))


def test_the_past_is_counted_as_it_is_live():
    """Replayed from the events alone, sighting by sighting, the same numbers come out."""
    events = first(1_500, per_day=40)
    memory, later = Memory(), []
    for event in events:
        later.sort(key=lambda one: one.at_ms)
        while later and later[0].at_ms <= event.facts.at_ms:
            memory.add(later.pop(0))
        f = event.facts
        this = Sighting(
            f.at_ms, "try", event.attempt, f.merchant_id, f.currency, f.amount_minor,
            f.card, f.email, f.ip, f.device, f.link_id,
        )  # fmt: skip
        assert numbers(memory.read(this), this) == f.past
        memory.add(this)
        cells = this.line().split("|")
        known = {event.outcome: f.at_ms + 2_000}
        if event.refunded_ms:
            known["refund"] = event.refunded_ms
        for label in event.labels:
            kind = "fraud" if label.is_fraud else "good"
            known[kind] = min(label.known_ms, known.get(kind, label.known_ms))
        later += [
            Sighting.read("|".join([str(at), kind, *cells[2:]])) for kind, at in known.items()
        ]


def test_rows_know_no_more_than_their_day():
    until = START_MS + 15 * DAY_MS
    made = list(rows(simulate(5, 20, per_day=40), until_ms=until))
    assert all(label.known_ms <= until for row in made for label in row.labels)
    assert {row.moment for row in made} == {"before", "after"}

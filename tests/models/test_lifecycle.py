import itertools

import pytest

from models.lifecycle import (
    ATTEMPT,
    DERIVED,
    NO_MONEY,
    OPERATIONS,
    IllegalStep,
    Machine,
    payment_status,
)
from tasks.subscribers import SUBSCRIBERS

MACHINES = [ATTEMPT, *OPERATIONS.values()]


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
def test_no_machine_has_a_cycle(machine: Machine) -> None:
    for state in machine.states:
        assert state not in machine.reachable(state)


@pytest.mark.parametrize(
    ("machine", "state", "verb"),
    [(m, s, v) for m in MACHINES for s, v in itertools.product(m.states, m.verbs)],
    ids=lambda value: value.name if isinstance(value, Machine) else value,
)
def test_every_state_knows_what_every_verb_means(machine: Machine, state: str, verb: str) -> None:
    """News is the next step, old news, or a contradiction: exactly one of the three."""
    if (state, verb) in machine.steps:
        following, event = machine.step(state, verb)
        assert following in machine.reachable(state)
        assert event in SUBSCRIBERS
        assert not machine.is_old_news(state, verb)
        return
    with pytest.raises(IllegalStep):
        machine.step(state, verb)


@pytest.mark.parametrize(
    ("state", "verb", "old"),
    [
        ("captured", "authorize", True),
        ("captured", "challenge", True),
        ("captured", "capture", True),
        ("authorized", "wait", True),
        ("declined", "challenge", True),
        ("declined", "capture", False),
        ("captured", "decline", False),
        ("captured", "void", False),
        ("voided", "capture", False),
    ],
)
def test_old_news_is_told_from_contradiction(state: str, verb: str, old: bool) -> None:
    assert ATTEMPT.is_old_news(state, verb) is old


def test_a_rule_is_written_once() -> None:
    with pytest.raises(ValueError, match="written twice"):
        Machine.read("m", "a go b x\n a go c y")


def test_no_money_twice_is_no_contradiction() -> None:
    assert ("declined", "void") in NO_MONEY
    assert all(ATTEMPT.final(state) or state in {"declined", "voided"} for state, _ in NO_MONEY)


FACTS = {
    "attempt": [None, *ATTEMPT.states],
    "captured": [0, 1000],
    "refunded": [0, 400, 1000],
    "disputed": [0, 1000],
    "closed": [None, "canceled", "expired"],
    "held": [False, True],
    "asking": [False, True],
}


def test_every_combination_of_facts_has_a_status_with_an_order_and_a_session() -> None:
    for values in itertools.product(*FACTS.values()):
        status = payment_status(**dict(zip(FACTS, values, strict=True)))
        order, session = DERIVED[status]
        assert order
        assert session in {"open", "complete", "canceled", "expired"}


@pytest.mark.parametrize(
    ("facts", "status"),
    [
        ({}, "pending"),
        ({"attempt": "started"}, "processing"),
        ({"attempt": "challenged"}, "requires_action"),
        ({"attempt": "pending"}, "processing"),
        ({"attempt": "declined"}, "failed"),
        ({"attempt": "voided"}, "pending"),
        ({"attempt": "authorized"}, "authorized"),
        ({"attempt": "authorized", "held": True}, "in_review"),
        ({"attempt": "authorized", "held": True, "asking": True}, "processing"),
        ({"attempt": "captured", "captured": 10}, "captured"),
        ({"attempt": "captured", "captured": 10, "refunded": 4}, "partially_refunded"),
        ({"attempt": "captured", "captured": 10, "refunded": 10}, "refunded"),
        ({"attempt": "captured", "captured": 10, "disputed": 10}, "chargeback"),
        ({"attempt": "declined", "closed": "canceled"}, "canceled"),
        ({"attempt": "started", "closed": "expired"}, "expired"),
        ({"attempt": "surplus", "closed": "expired"}, "expired"),
    ],
)
def test_status_follows_from_the_facts(facts: dict[str, object], status: str) -> None:
    nothing = {
        "attempt": None, "captured": 0, "refunded": 0, "disputed": 0,
        "closed": None, "held": False, "asking": False,
    }  # fmt: skip
    assert payment_status(**{**nothing, **facts}) == status

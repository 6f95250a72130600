"""What would have happened: counted by hand for a few attempts, and quickly for many."""

import json

import pytest

from risk import scale
from risk.backtest import (
    DAY_MS,
    FATES,
    SAMPLE,
    Row,
    is_quiet,
    of_model,
    of_policy,
    of_rule,
    thresholds,
)
from risk.lists import Item, Lists
from risk.policy import Policy
from risk.rules import parse
from tests.risk.made import AT_MS, facts, flat

POLICY = Policy(mode="thresholds")


def row(
    outcome="allow",
    fate="good",
    *,
    score=50,
    spoke="model",
    rules=(),
    rule_action=None,
    attempt="att",
    **known,
):
    probability = None if score is None else scale.probability_at(score)
    return Row(
        attempt=attempt, facts=facts(**known), outcome=outcome, spoke=spoke, fate=fate, score=score,
        probability=probability, rules=rules, rule_action=rule_action,
    )  # fmt: skip


def money(effect):
    return {
        currency: (purse.saved, purse.lost, purse.expected)
        for currency, purse in effect.money.items()
    }


BLOCK = parse("block if :card_country: = 'NG'")


# ------------------------------------------------------------------------------------------------ rules


def test_a_rule_is_counted_in_money_by_how_it_ended():
    """50.00 EUR: fraud costs 70.00 with the fee; turning a good customer away 20.00."""
    rows = [
        row(fate="fraud", card_country="NG"),
        row(fate="warning", card_country="NG"),
        row(fate="good", card_country="NG"),
        row(fate="refunded", card_country="NG"),
        row(fate="declined", card_country="NG"),
        row(fate="fraud", card_country="DE"),
        row(fate="good"),
        row(fate="fraud", card_country="NG", amount_minor=10_000, currency="JPY"),
    ]
    effect = of_rule(BLOCK, rows, policy=POLICY)
    assert (effect.seen, effect.matches, effect.changed) == (8, 6, 6)
    assert effect.fates == {"fraud": 2, "warning": 1, "good": 1, "refunded": 1, "declined": 1}
    assert (effect.fraud_caught, effect.good_hit, effect.fraud_missed, effect.good_freed) == (
        3,
        2,
        0,
        0,
    )
    assert money(effect) == {"EUR": (14_000, 4_000, 0), "JPY": (14_000, 0, 0)}
    assert effect.before == {
        "allow": {"fraud": 3, "warning": 1, "good": 2, "refunded": 1, "declined": 1}
    }
    assert effect.after["block"].total() == 6
    assert effect.warnings == []


def test_an_end_that_is_not_known_is_an_expectation():
    probability = scale.probability_at(75)
    effect = of_rule(BLOCK, [row(fate="unknown", score=75, card_country="NG")], policy=POLICY)
    allow, block = 7_000 * probability, 2_000 * (1 - probability)
    assert money(effect) == {"EUR": (0, 0, round(allow) - round(block))}
    assert (
        money(of_rule(BLOCK, [row(fate="unknown", score=None, card_country="NG")], policy=POLICY))
        == {}
    )


def test_what_the_issuer_bears_is_not_our_saving():
    effect = of_rule(
        BLOCK, [row(fate="fraud", card_country="NG", liability_shift=True)], policy=POLICY
    )
    assert effect.fraud_caught == 1
    assert money(effect) == {"EUR": (0, 0, 0)}


# the rule's action, what was decided, who spoke, with which action → what it would have been
@pytest.mark.parametrize(
    ("action", "outcome", "spoke", "by", "after"),
    [
        ("block", "allow", "model", None, "block"),
        ("block", "hold", "failure", None, "block"),
        ("block", "hold", "rule", "review", "block"),
        ("block", "challenge", "rule", "challenge", "block"),
        ("block", "allow", "rule", "allow", "allow"),
        ("block", "allow", "list", None, "allow"),
        ("review", "allow", "model", None, "hold"),
        ("review", "block", "model", None, "hold"),
        ("review", "block", "rule", "block", "block"),
        ("review", "allow", "rule", "allow", "allow"),
        ("review", "block", "limit", None, "block"),
        ("challenge", "allow", "model", None, "challenge"),
        ("challenge", "allow", "rule", "allow", "challenge"),
        ("challenge", "hold", "model", None, "hold"),
        ("challenge", "allow", "list", None, "allow"),
        ("allow", "block", "model", None, "allow"),
        ("allow", "block", "rule", "block", "allow"),
        ("allow", "challenge", "rule", "challenge", "challenge"),
        ("allow", "challenge", "attack", None, "challenge"),
        ("allow", "block", "list", None, "block"),
    ],
)  # fmt: skip
def test_a_rule_is_put_where_it_would_have_stood(action, outcome, spoke, by, after):
    rule = parse(f"{action} if :tries: = 0")
    effect = of_rule(rule, [row(outcome, spoke=spoke, rule_action=by)], policy=POLICY)
    assert list(effect.after) == [after]
    assert effect.changed == (after != outcome)


def test_a_review_of_what_cannot_be_held_is_what_it_would_have_become():
    rule = parse("review if :tries: = 0")
    assert list(of_rule(rule, [row(can_hold=False)], policy=POLICY).after) == ["challenge"]


def test_an_allow_rule_shows_what_it_lets_through():
    rows = [row("block", "fraud"), row("hold", "good"), row("hold", "unknown")]
    effect = of_rule(parse("allow if :tries: = 0"), rows, policy=POLICY)
    assert (effect.fraud_missed, effect.good_freed) == (1, 1)
    assert money(effect)["EUR"][:2] == (
        375,
        7_000,
    )  # a review of a good order saved; a fraud let through


def test_overlap_is_with_rules_of_then_and_of_now():
    rows = [
        row(card_country="NG", rules=("rule_1",)),
        row(card_country="NG", tries=5, rules=("rule_1", "rule_2")),
        row(rules=("rule_1",)),
    ]
    effect = of_rule(BLOCK, rows, policy=POLICY, others={"new": parse("review if :tries: > 3")})
    assert effect.overlap == {"rule_1": 2, "rule_2": 1, "new": 1}


def test_a_rule_may_ask_lists_and_the_score():
    lists = Lists([Item(list="trusted", type="email", value="a@b.com")])
    rule = parse("block if :score: >= 75 and :level: = 'highest' and not :email: in @trusted")
    rows = [
        row(score=80, email="a@b.com"),
        row(score=80, email="x@b.com"),
        row(score=70, email="x@b.com"),
    ]
    assert of_rule(rule, rows, policy=POLICY, lists=lists).matches == 1


def test_a_sample_is_shown_and_is_not_endless():
    effect = of_rule(
        BLOCK, [row(card_country="NG", attempt=f"att_{i}") for i in range(50)], policy=POLICY
    )
    assert len(effect.sample) == SAMPLE
    assert effect.sample[0] == {
        "attempt": "att_0", "at_ms": AT_MS, "amount_minor": 5_000, "currency": "EUR", "score": 50,
        "fate": "good", "before": "allow", "after": "block",
    }  # fmt: skip
    told = json.loads(json.dumps(effect.to_json()))
    assert told["fates"] == {"good": 50}
    assert told["before"] == {"allow": {"good": 50}}
    assert told["money"] == {"EUR": {"saved": 0, "lost": 50 * 2_000, "expected": 0}}


def test_a_rule_that_matched_nothing_is_told_of():
    rows = [row(), row(at_ms=AT_MS + 30 * DAY_MS)]
    assert of_rule(BLOCK, rows, policy=POLICY).warnings == [
        "It would have matched nothing in 30 days."
    ]
    assert of_rule(BLOCK, [], policy=POLICY).warnings == [
        "There is nothing in the journal to look at."
    ]


@pytest.mark.parametrize(
    ("live_days", "match_days", "quiet"),
    [(30, None, True), (29, None, False), (90, 30, True), (90, 29, False), (10, 40, False)],
)
def test_a_rule_is_quiet_after_thirty_days(live_days, match_days, quiet):
    last = None if match_days is None else AT_MS - match_days * DAY_MS
    assert (
        is_quiet(live_since_ms=AT_MS - live_days * DAY_MS, last_match_ms=last, at_ms=AT_MS) is quiet
    )


# ------------------------------------------------------------------------------------------------ policies and models


def test_a_policy_is_put_where_the_model_spoke_and_nowhere_else():
    rows = [
        row("challenge", "fraud", score=70),
        row("challenge", "good", score=70),
        row("allow", "good", score=50),
        row("challenge", "good", score=70, spoke="explored"),
        row("challenge", "good", score=70, spoke="rule"),
        row("hold", "good", score=None, spoke="failure"),
    ]
    stricter = Policy(mode="thresholds", challenge_at=40, hold_at=60, block_at=65)
    effect = of_policy(stricter, rows)
    assert (effect.seen, effect.matches, effect.changed) == (6, 4, 4)
    assert effect.after == {
        "block": {"fraud": 1, "good": 2},
        "challenge": {"good": 2},
        "hold": {"good": 1},
    }
    assert (effect.fraud_caught, effect.good_hit) == (0, 1)
    assert money(effect) == {"EUR": (1_400, 150 + 2 * 1_850, 0)}


def test_a_candidate_is_priced_by_the_policy_in_force():
    careless = Policy.from_json(
        {
            "mode": "thresholds",
            "challenge_at": 101,
            "hold_at": 101,
            "block_at": 101,
            "costs": {"EUR": {"dispute_fee": 0}},
        }
    )
    rows = [row("block", "fraud", score=95)]
    assert money(of_policy(careless, rows))["EUR"] == (0, 5_000, 0)
    assert money(of_policy(careless, rows, priced_by=Policy()))["EUR"] == (0, 7_000, 0)


def test_a_model_is_asked_about_the_facts_of_then():
    model = flat(scale.probability_at(50), feature="ip_cards_1h", above=3, step=5)
    rows = [
        row("allow", "fraud", past={"ip_cards_1h": 7}),
        row("allow", "good", past={"ip_cards_1h": 1}),
    ]
    effect = of_model(model, rows, policy=POLICY)
    assert (effect.changed, effect.fraud_caught, effect.good_hit) == (1, 1, 0)


def test_the_same_policy_and_model_change_nothing():
    model = flat(0.3)
    score = scale.score(model.probability([float("nan")] * 200))
    outcome = next(iter(of_policy(POLICY, [row("allow", "good", score=score)]).after))
    assert of_model(model, [row(outcome, score=score)], policy=POLICY).changed == 0


def test_precision_and_recall_at_every_score():
    rows = [
        row(score=90, fate="fraud", amount_minor=700),
        row(score=80, fate="good"),
        row(score=70, fate="warning", amount_minor=300),
        row(score=70, fate="fraud", currency="JPY", amount_minor=50),
        row(score=10, fate="refunded"),
        row(score=95, fate="unknown"),
        row(score=None, fate="fraud"),
    ]
    curve = {one["score"]: one for one in thresholds(rows)}
    assert list(curve) == list(range(101))
    assert curve[95] == {
        "score": 95,
        "bad": 0,
        "good": 0,
        "precision": None,
        "recall": 0.0,
        "amounts": {},
    }
    assert curve[90] == {
        "score": 90,
        "bad": 1,
        "good": 0,
        "precision": 1.0,
        "recall": 1 / 3,
        "amounts": {"EUR": 700},
    }
    assert curve[70] == {
        "score": 70,
        "bad": 3,
        "good": 1,
        "precision": 0.75,
        "recall": 1.0,
        "amounts": {"EUR": 1_000, "JPY": 50},
    }
    assert (curve[0]["bad"], curve[0]["good"]) == (3, 2)
    assert thresholds([])[0]["recall"] is None


@pytest.mark.parametrize("fate", FATES)
def test_every_fate_is_counted(fate):
    assert of_rule(BLOCK, [row(fate=fate, card_country="NG")], policy=POLICY).fates == {fate: 1}


def test_a_month_is_counted_as_its_days_are():
    rule = parse("review if (:tries: > 3 and :card_country: != :ip_country:) or :amount: > 500 EUR")
    rows = [
        row(tries=i % 7, fate=FATES[i % 6], card_country=("NG", "DE")[i % 2], ip_country="DE")
        for i in range(600)
    ]
    whole = of_rule(rule, rows, policy=POLICY)
    days = [of_rule(rule, rows[i::30], policy=POLICY) for i in range(30)]
    assert (
        whole.matches
        == sum(day.matches for day in days)
        == sum(r.facts.tries > 3 and r.facts.card_country == "NG" for r in rows)
    )
    assert money(whole)["EUR"] == tuple(
        map(sum, zip(*(money(day)["EUR"] for day in days if day.money), strict=True))
    )

"""A merchant's choices: read strictly, priced in its own money, and never out of order."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from risk import past
from risk.costs import OUTCOMES, Costs, cheapest, expected, usual
from risk.outcomes import BECOMES, Options, by_model, by_thresholds, options
from risk.policy import LIMITABLE, LIMITS, BadPolicy, Policy, above, costs
from tests.risk.made import facts

PLAIN = Costs(dispute_fee=2_000, review=300, block_extra=500)
PROBABILITIES = st.floats(0, 1)
AMOUNTS = st.integers(1, 10**9)

# ------------------------------------------------------------------------------------------------------- as JSON


def test_what_nobody_chose_is_read_back_as_it_was():
    assert Policy.from_json({}) == Policy()
    assert Policy.from_json(json.loads(json.dumps(Policy().to_json()))) == Policy()


def test_what_was_chosen_is_read_back_as_it_was():
    chosen = {
        "mode": "thresholds", "challenge_at": 50, "hold_at": 60, "block_at": 101,
        "costs": {"EUR": {"review": 450}, "JPY": {"dispute_fee": 1500, "margin_bps": 1200}},
        "failure": "allow_3ds", "timeout_ms": 20, "limits": {"ip_cards_1h": 3, "card_tries_1h": None},
        "under_attack_until_ms": 12, "release_when_shifted": False, "four_eyes": {"EUR": 100_000},
        "expiry_action": "capture", "expire_before_h": 24, "auto_refund_warning_below": {"EUR": 2_000},
        "explore_share": 0.005, "explore_below": {"EUR": 1_000},
    }  # fmt: skip
    policy = Policy.from_json(chosen)
    assert Policy.from_json(json.loads(json.dumps(policy.to_json()))) == policy
    assert policy.costs["EUR"] == Costs(dispute_fee=2_000, review=450, block_extra=500)
    assert policy.limits == {**LIMITS, "ip_cards_1h": 3, "card_tries_1h": None}
    assert set(chosen) == set(Policy().to_json())  # every setting was tried


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ([], ""),
        (None, ""),
        ({"colour": 1}, "colour"),
        ({"mode": "dice"}, "mode"),
        ({"mode": ["cost"]}, "mode"),
        ({"challenge_at": -1}, "challenge_at"),
        ({"challenge_at": 65.0}, "challenge_at"),
        ({"block_at": 102}, "block_at"),
        ({"hold_at": True}, "hold_at"),
        ({"challenge_at": 80}, "hold_at"),
        ({"hold_at": 95}, "block_at"),
        ({"costs": {"EUR": {"review": -1}}}, "costs.EUR.review"),
        ({"costs": {"EUR": {"review": 1.5}}}, "costs.EUR.review"),
        ({"costs": {"EUR": {"margin_bps": 10_001}}}, "costs.EUR.margin_bps"),
        ({"costs": {"EUR": {"fee": 1}}}, "costs.EUR.fee"),
        ({"costs": {"EUR": 5}}, "costs.EUR"),
        ({"costs": {"EURO": {}}}, "costs.EURO"),
        ({"failure": "hope"}, "failure"),
        ({"timeout_ms": 0}, "timeout_ms"),
        ({"limits": {"ip_cards_2h": 1}}, "limits.ip_cards_2h"),
        ({"limits": {"ip_cards_1h": 0}}, "limits.ip_cards_1h"),
        ({"limits": {"ip_cards_1h": past.MOST + 1}}, "limits.ip_cards_1h"),
        ({"under_attack_until_ms": "now"}, "under_attack_until_ms"),
        ({"release_when_shifted": 1}, "release_when_shifted"),
        ({"four_eyes": {"EUR": -5}}, "four_eyes.EUR"),
        ({"four_eyes": {"eur": 5}}, "four_eyes.eur"),
        ({"four_eyes": 5}, "four_eyes"),
        ({"expiry_action": "pray"}, "expiry_action"),
        ({"expire_before_h": 73}, "expire_before_h"),
        ({"auto_refund_warning_below": {"EUR": 2**53}}, "auto_refund_warning_below.EUR"),
        ({"explore_share": 0.06}, "explore_share"),
        ({"explore_share": float("nan")}, "explore_share"),
        ({"explore_share": False}, "explore_share"),
        ({"explore_below": {"EUR": None}}, "explore_below.EUR"),
    ],
)
def test_what_cannot_be_used_is_refused_by_name(given, field):
    with pytest.raises(BadPolicy) as refused:
        Policy.from_json(given)
    assert refused.value.field == field
    assert refused.value.message.endswith(".")


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from([*Policy().to_json(), "EUR", "review", "x"]), inner, max_size=4
        )
    ),
    max_leaves=8,
)


@given(_JSON)
def test_no_json_does_anything_but_be_read_or_refused(value):
    try:
        policy = Policy.from_json(value)
    except BadPolicy:
        return
    assert Policy.from_json(policy.to_json()) == policy


# ------------------------------------------------------------------------------------------------------- what it costs


@pytest.mark.parametrize(
    ("probability", "is_shifted", "costs"),
    [
        # amount 50.00, fee 20.00: loss 70.00, margin 15.00
        (0.0, False, {"allow": 0, "challenge": 150, "hold": 300 + 75, "block": 2_000}),
        (1.0, False, {"allow": 7_000, "challenge": 1_400, "hold": 300 + 700, "block": 0}),
        (0.1, False, {"allow": 700, "challenge": 135 + 140, "hold": 300 + 138, "block": 1_800}),
        (0.1, True, {"allow": 0, "challenge": 135, "hold": 300 + 68, "block": 1_800}),
    ],
)
def test_the_costs_of_fifty_euros(probability, is_shifted, costs):
    assert (
        expected(PLAIN, probability=probability, amount_minor=5_000, is_shifted=is_shifted) == costs
    )


def test_half_a_cent_is_rounded_up():
    cheap = Costs(dispute_fee=0, review=0, block_extra=0)
    assert expected(cheap, probability=0.5, amount_minor=1)["allow"] == 1
    assert expected(cheap, probability=0.5, amount_minor=5)["allow"] == 3


@given(PROBABILITIES, AMOUNTS)
def test_costs_are_whole_and_never_negative(probability, amount):
    found = expected(PLAIN, probability=probability, amount_minor=amount)
    assert tuple(found) == OUTCOMES
    assert all(type(one) is int and one >= 0 for one in found.values())


@given(PROBABILITIES, PROBABILITIES, AMOUNTS)
def test_more_risk_never_makes_the_decision_milder(one, other, amount):
    low, high = sorted((one, other))
    chosen = [
        cheapest(expected(PLAIN, probability=p, amount_minor=amount), ("allow", "hold", "block"))
        for p in (low, high)
    ]
    assert OUTCOMES.index(chosen[0]) <= OUTCOMES.index(chosen[1])


@pytest.mark.parametrize("first", range(4))
@pytest.mark.parametrize("second", range(4))
def test_of_two_that_cost_the_same_the_milder_is_chosen(first, second):
    same = {outcome: 7 if i in {first, second} else 8 for i, outcome in enumerate(OUTCOMES)}
    assert cheapest(same, OUTCOMES) == OUTCOMES[min(first, second)]
    assert cheapest(same, OUTCOMES[::-1]) == OUTCOMES[min(first, second)]


def test_a_currency_nobody_priced_is_priced_like_euros_of_its_size():
    assert usual("EUR") == PLAIN
    assert usual("JPY") == Costs(dispute_fee=4_000, review=600, block_extra=1_000)
    assert usual("KWD") == Costs(dispute_fee=10_000, review=1_500, block_extra=2_500)
    policy = Policy(costs={"EUR": Costs(dispute_fee=1, review=2, block_extra=3)})
    assert policy.knows("EUR")
    assert not policy.knows("JPY")
    assert costs(policy, 1.0, 100, "EUR")["allow"] == 101
    assert costs(policy, 1.0, 100, "JPY")["allow"] == 4_100


# ------------------------------------------------------------------------------------------------------- what is decided

CAN = [(True, True), (True, False), (False, True), (False, False)]


@pytest.mark.parametrize("can", CAN, ids=str)
@pytest.mark.parametrize("best", OUTCOMES)
def test_only_what_is_possible_is_chosen(best, can):
    prices = {outcome: 1 if outcome == best else 5 + i for i, outcome in enumerate(OUTCOMES)}
    found = Options(*can, prices)
    possible = [
        o
        for o in OUTCOMES
        if o in {"allow", "block"} or (o == "challenge" and can[0]) or (o == "hold" and can[1])
    ]
    assert list(found.possible) == possible
    assert by_model(Policy(), 0, found) == (best if best in possible else "allow")


# wanted, (challenge possible, hold possible), the cheapest of the rest → what it becomes
@pytest.mark.parametrize(
    ("wanted", "can", "dear", "becomes"),
    [
        *(
            (wanted, can, dear, wanted)
            for wanted in ("allow", "block")
            for can in CAN
            for dear in OUTCOMES
        ),
        *(
            ("challenge", (True, can_hold), dear, "challenge")
            for can_hold in (True, False)
            for dear in OUTCOMES
        ),
        *(
            ("hold", (can_challenge, True), dear, "hold")
            for can_challenge in (True, False)
            for dear in OUTCOMES
        ),
        *(("hold", (True, False), dear, "challenge") for dear in OUTCOMES),
        ("challenge", (False, True), "hold", "allow"),
        ("challenge", (False, True), "allow", "hold"),
        *(("challenge", (False, False), dear, "allow") for dear in OUTCOMES),
        ("hold", (False, False), "block", "allow"),
        ("hold", (False, False), "allow", "block"),
    ],
)
def test_what_is_not_possible_becomes_the_next_best(wanted, can, dear, becomes):
    prices = {outcome: 9 if outcome == dear else 1 for outcome in OUTCOMES}
    assert Options(*can, prices).become(wanted) == becomes


def test_what_has_no_price_becomes_the_mildest():
    for wanted, row in BECOMES.items():
        for can, among in zip(CAN, row, strict=True):
            assert Options(*can, None).become(wanted) == among[0]
            assert [OUTCOMES.index(one) for one in among] == sorted(
                OUTCOMES.index(one) for one in among
            )


@pytest.mark.parametrize(
    ("score", "outcome"),
    [
        (0, "allow"),
        (64, "allow"),
        (65, "challenge"),
        (74, "challenge"),
        (75, "hold"),
        (89, "hold"),
        (90, "block"),
        (100, "block"),
    ],
)
def test_thresholds_are_reached_not_passed(score, outcome):
    policy = Policy(mode="thresholds")
    assert by_thresholds(policy, score) == outcome
    assert by_model(policy, score, options(facts(), policy, 0.5)) == outcome


def test_a_threshold_of_101_is_never_reached():
    assert by_thresholds(Policy(mode="thresholds", block_at=101), 100) == "hold"


def test_what_is_answered_cannot_be_challenged_any_more():
    assert options(facts(), Policy(), 0.5, is_answered=True).possible == ("allow", "hold", "block")


def test_equal_thresholds_are_the_severer():
    policy = Policy.from_json(
        {"mode": "thresholds", "challenge_at": 70, "hold_at": 70, "block_at": 70}
    )
    assert [by_thresholds(policy, score) for score in (69, 70)] == ["allow", "block"]


# ------------------------------------------------------------------------------------------------------- limits


def test_every_limit_is_counted_somewhere():
    assert set(LIMITS) <= LIMITABLE
    ours = (
        "session_cards",
        "session_hard",
        "session_tries",
        "ip_fail",
        "link_fail",
        "merchant_fail",
    )
    assert all(name in past.NAMES or name.startswith(ours) for name in LIMITABLE)


def test_a_good_customer_with_two_cards_and_soft_declines_is_never_caught():
    """Two cards, five tries with each within the hour, all but the last declined softly."""
    counts = {}
    for whose in ("session", "card", "email", "device", "ip", "link", "merchant"):
        for window in ("10m", "1h", "24h", "7d", "30d"):
            counts[f"{whose}_tries_{window}"] = 10
            counts[f"{whose}_declines_{window}"] = 9
            counts[f"{whose}_cards_{window}"] = 2
            counts[f"{whose}_hard_{window}"] = 0
    assert Policy().limit_reached(counts) is None


@pytest.mark.parametrize("name", LIMITS)
def test_a_limit_is_reached_by_as_many_as_it_says(name):
    policy = Policy()
    assert policy.limit_reached({name: LIMITS[name] - 1}) is None
    assert policy.limit_reached({name: LIMITS[name]}) == name
    assert policy.limit_reached({name: None}) is None
    assert Policy(limits={**LIMITS, name: None}).limit_reached({name: 10_000}) is None


def test_what_everybody_shares_turns_away_only_where_cards_fail():
    assert {name.rpartition("_")[0]: above(name) for name in LIMITS} == {
        "session_cards": "block", "session_hard": "block", "session_tries": "block",
        "card_hard": "block", "card_tries": "block", "email_cards": "block", "email_hard": "block",
        "device_cards": "block", "device_hard": "block", "device_tries": "block",
        "ip_failing": "block", "link_failing": "block", "merchant_failing": "block",
        "ip_cards": "challenge", "ip_hard": "challenge", "ip_tries": "challenge",
        "link_hard": "challenge", "merchant_hard": "challenge",
    }  # fmt: skip
    assert Policy().limit_reached({"link_hard_1h": 99, "ip_failing_1h": 99}) == "ip_failing_1h"


# ------------------------------------------------------------------------------------------------------- the rest


def test_small_amounts_are_explored_each_in_its_own_money():
    policy = Policy(explore_below={"EUR": 1_000})
    assert [policy.explores(minor, "EUR") for minor in (999, 1_000)] == [True, False]
    assert [policy.explores(minor, "JPY") for minor in (5_999, 6_000)] == [True, False]


def test_an_attack_ends_when_it_was_said_to():
    assert not Policy().is_under_attack(5)
    policy = Policy(under_attack_until_ms=10)
    assert [policy.is_under_attack(at) for at in (9, 10)] == [True, False]

"""Who speaks: every combination of limit, list, rules, model, possibilities and attack, against the table in words."""

import itertools
import json

import pytest

from risk import features, scale
from risk.assess import FAILING, SPOKE, InForce, Setting, assess, second_look
from risk.costs import OUTCOMES, Costs
from risk.facts import Facts
from risk.lists import Item, Lists
from risk.outcomes import BECOMES, by_model, options
from risk.policy import FAILURE_MODES, Policy
from risk.rules import parse
from risk.second import AFTER, PROOFS
from tests.risk.made import AT_MS, facts, flat

ACTIONS = ("allow", "block", "review", "challenge")
CAN = list(itertools.product((True, False), repeat=2))
# Scores in the middle of each band of the thresholds; the outcome that each demands.
BANDS = {"allow": 50, "challenge": 70, "hold": 80, "block": 95}
MODELS = {outcome: flat(scale.probability_at(score)) for outcome, score in BANDS.items()}
LISTED = {"block": "blocked", "hold": "review", "allow": "allowed"}
SUBSETS = [s for n in range(5) for s in itertools.combinations(ACTIONS, n)]


def rules(*actions, shadow=False):
    return tuple(InForce(f"rule_{a}", parse(f"{a} if :currency: = 'EUR'"), shadow) for a in actions)


def lists(verdict):
    return Lists([Item(list=LISTED[verdict], type="email", value="a@b.com")] if verdict else ())


# ------------------------------------------------------------------------------------------------ the whole table


def expected_of(*, limit, listed, actions, model, failure, can, attack, policy, known):
    """The table of `risk.assess`, once more in other words. Returns (outcome, who)."""
    price = options(known, policy, None if model is None else MODELS[model].probability(()))

    def fit(wanted):
        return price.become(wanted)

    if limit == "ip_failing_1h":
        outcome, who = "block", "limit"
    elif listed:
        outcome, who = fit(listed), "list"
    elif rule := next((a for a in ("allow", "block", "review") if a in actions), None):
        outcome, who = fit({"review": "hold"}.get(rule, rule)), "rule"
    elif model is None:
        outcome, who = (
            fit({"review": "hold", "allow_3ds": "challenge", "block": "block"}[failure]),
            "failure",
        )
    else:
        outcome, who = fit(model), "model"
    if outcome == "allow" and who != "list" and can[0] and limit == "link_hard_1h":
        return "challenge", "limit"
    if outcome == "allow" and who != "list" and can[0] and "challenge" in actions:
        return "challenge", "rule"
    if outcome == "allow" and attack and any(can):
        return ("challenge" if can[0] else "hold"), "attack"
    return outcome, who


@pytest.mark.parametrize("can", CAN, ids=str)
@pytest.mark.parametrize("limit", [None, "ip_failing_1h", "link_hard_1h"])
@pytest.mark.parametrize("listed", [None, "block", "hold", "allow"])
def test_the_first_that_speaks_decides(limit, listed, can):
    known = facts(email="a@b.com", can_challenge=can[0], can_hold=can[1])
    spoke = set()
    for actions, model, attack in itertools.product(SUBSETS, [*OUTCOMES, None], (True, False)):
        for failure in FAILURE_MODES if model is None else ("review",):
            policy = Policy(
                mode="thresholds",
                failure=failure,
                under_attack_until_ms=AT_MS + 1 if attack else None,
            )
            setting = Setting(
                model=MODELS.get(model), policy=policy, rules=rules(*actions), lists=lists(listed)
            )
            case = {
                "limit": limit,
                "listed": listed,
                "actions": actions,
                "model": model,
                "failure": failure,
            }
            wanted = expected_of(**case, can=can, attack=attack, policy=policy, known=known)
            told = assess(known, setting=setting, limit=limit)
            assert (told.outcome, told.spoke) == wanted, (case, can, attack)
            assert (told.rule_id is not None) == (told.spoke == "rule")
            assert told.outcome in options(known, policy, None).possible
            assert told.spoke in SPOKE
            spoke.add(told.spoke)
    assert spoke  # the combinations were really gone through


@pytest.mark.parametrize("actions", [a for a in SUBSETS if a], ids="+".join)
@pytest.mark.parametrize("model", OUTCOMES)
def test_a_shadow_rule_is_told_and_has_no_say(model, actions):
    policy = Policy(mode="thresholds")
    silent = Setting(model=MODELS[model], policy=policy)
    shadowed = Setting(model=MODELS[model], policy=policy, rules=rules(*actions, shadow=True))
    without, told = assess(facts(), setting=silent), assess(facts(), setting=shadowed)
    assert (told.outcome, told.spoke, told.rule_id) == (without.outcome, "model", None)
    assert [(rule["action"], rule["shadow"]) for rule in told.details["rules"]] == [
        (a, True) for a in actions
    ]


def test_of_two_rules_that_demand_the_same_the_first_has_spoken():
    two = (
        InForce("rule_1", parse("block if :score: > 100")),
        InForce("rule_2", parse("block if :score: > 1")),
        *rules("block"),
    )
    told = assess(facts(), setting=Setting(model=MODELS["allow"], rules=two))
    assert (told.outcome, told.rule_id) == ("block", "rule_2")
    assert [rule["id"] for rule in told.details["rules"]] == ["rule_2", "rule_block"]


def test_a_rule_can_ask_for_the_score_and_a_missing_score_answers_nothing():
    rule = (InForce("rule_1", parse("block if :score: >= 70 and :level: = 'elevated'")),)
    assert assess(facts(), setting=Setting(model=MODELS["challenge"], rules=rule)).spoke == "rule"
    assert assess(facts(), setting=Setting(model=None, rules=rule)).spoke == "failure"


# ------------------------------------------------------------------------------------------------ the model and its failure


class Broken:
    """A model that cannot score."""

    name, features_version = "broken", features.VERSION

    def __init__(self, answer):
        self._answer = answer

    def explained(self, row):
        answer = self._answer / len(row[:0]) if self._answer == "boom" else self._answer
        return answer, {}


class Older(Broken):
    features_version = features.VERSION - 1


@pytest.mark.parametrize("mode", FAILURE_MODES)
@pytest.mark.parametrize(
    ("setting", "failure"),
    [
        ({"model": None}, "no_model"),
        ({"model": MODELS["allow"], "failure": "history_unavailable"}, "history_unavailable"),
        ({"model": Broken(float("nan"))}, "model_failed:ValueError"),
        ({"model": Broken(1.5)}, "model_failed:ValueError"),
        ({"model": Broken("boom")}, "model_failed:TypeError"),
        ({"model": Older(0.5)}, "other_features"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_without_a_score_the_merchant_has_said_what_happens(setting, failure, mode):
    told = assess(facts(), setting=Setting(**setting, policy=Policy(failure=mode)))
    assert (told.outcome, told.spoke, told.failure) == (FAILING[mode], "failure", failure)
    assert (told.score, told.probability, told.level) == (None, None, "not_assessed")
    assert told.details["costs"] is None
    assert told.details["expected_loss"] == 700  # a tenth of 50.00 and the fee of 20.00
    json.dumps(told.details)


def test_the_model_decides_by_cost_unless_told_otherwise():
    for probability in (0.001, 0.1, 0.5, 0.99):
        told = assess(facts(), setting=Setting(model=flat(probability)))
        choice = options(facts(), Policy(), told.probability)
        assert told.spoke == "model"
        assert told.outcome == by_model(Policy(), told.score, choice)
        assert told.details["costs"][told.outcome] == min(told.details["costs"].values())
        assert told.details["expected_loss"] == told.details["costs"]["allow"]
        assert told.details["worth"] == told.details["expected_loss"] / 300
        assert told.details["thresholds"] is None


def test_costs_are_told_only_of_what_is_possible():
    told = assess(facts(can_hold=False), setting=Setting(model=flat(0.2)))
    assert list(told.details["costs"]) == ["allow", "challenge", "block"]


def test_a_free_review_does_not_divide_by_nothing():
    policy = Policy(costs={"EUR": Costs(dispute_fee=0, review=0, block_extra=0)})
    assert (
        assess(facts(), setting=Setting(model=flat(0.5), policy=policy)).details["worth"] == 2_500
    )


def test_shadow_models_are_asked_and_change_nothing():
    alone = Setting(model=MODELS["allow"], policy=Policy(mode="thresholds"))
    watched = Setting(
        model=MODELS["allow"],
        policy=Policy(mode="thresholds"),
        shadows={"mdl_1": MODELS["block"], "mdl_2": Broken("boom")},
    )
    told = assess(facts(), setting=watched)
    assert told.outcome == assess(facts(), setting=alone).outcome == "allow"
    assert told.shadow["mdl_1"]["outcome"] == "block"
    assert told.shadow["mdl_1"]["score"] == 95
    assert told.shadow["mdl_2"] == {"failure": "model_failed:TypeError"}


def test_the_facts_as_stored_give_the_same_score_bit_for_bit():
    setting = Setting(model=flat(0.01, feature="ip_cards_1h", above=1, step=3.7))
    for cards in (None, 0, 1, 2, 7):
        known = facts(
            ip="192.0.2.7",
            amount_about=1 / 3,
            past={"ip_cards_1h": cards, "card_amount_ratio": 0.1 + 0.2},
        )
        first = assess(known, setting=setting)
        again = assess(Facts.from_json(json.loads(json.dumps(known.to_json()))), setting=setting)
        assert again == first
    assert first.details["families"]["velocity"] > 0
    assert first.details["reasons"][0]["text"] == "7 cards from this IP in 1 h; usually at most 1"


# ------------------------------------------------------------------------------------------------ exploration


@pytest.mark.parametrize(
    ("amount", "draw", "can", "expected"),
    [
        (2_999, 0.0, (True, True), ("challenge", "explored", 0.01)),
        (2_999, 0.0099, (False, True), ("hold", "explored", 0.01)),
        (2_999, 0.0, (False, False), ("block", "model", None)),
        (2_999, 0.01, (True, True), ("block", "model", None)),
        (3_000, 0.0, (True, True), ("block", "model", None)),
    ],
)
def test_a_few_small_blocks_are_tried_out(amount, draw, can, expected):
    known = facts(amount_minor=amount, can_challenge=can[0], can_hold=can[1])
    told = assess(known, setting=Setting(model=flat(0.99)), draw=draw)
    assert (told.outcome, told.spoke, told.chance) == expected


@pytest.mark.parametrize(
    "setting",
    [
        Setting(model=MODELS["block"], rules=rules("block")),
        Setting(model=MODELS["block"], lists=lists("block")),
        Setting(model=None, policy=Policy(failure="block")),
    ],
)
def test_what_a_person_has_forbidden_is_never_tried_out(setting):
    assert (
        assess(facts(email="a@b.com", amount_minor=100), setting=setting, draw=0.0).outcome
        == "block"
    )


def test_without_a_share_nothing_is_tried_out():
    setting = Setting(model=MODELS["block"], policy=Policy(mode="thresholds", explore_share=0))
    assert assess(facts(amount_minor=100), setting=setting, draw=0.0).outcome == "block"


# ------------------------------------------------------------------------------------------------ the second look

ANSWERS = {
    "shifted": {"three_ds": "authenticated", "liability_shift": True},
    "authenticated": {"three_ds": "authenticated", "liability_shift": False},
    "none": {"three_ds": "not_supported", "liability_shift": False},
    "failed": {"three_ds": "failed", "liability_shift": False},
}


def test_the_table_of_the_second_look_is_complete():
    assert set(AFTER) == set(OUTCOMES)
    assert all(set(row) == set(PROOFS) == set(ANSWERS) for row in AFTER.values())


@pytest.mark.parametrize("releases", [True, False])
@pytest.mark.parametrize("proof", PROOFS)
@pytest.mark.parametrize("spoke", SPOKE)
@pytest.mark.parametrize("before", OUTCOMES)
def test_what_the_issuer_proves_decides(before, spoke, proof, releases):
    """With a model that would allow, and one that says elevated."""
    for model in ("allow", "challenge"):
        policy = Policy(mode="thresholds", release_when_shifted=releases)
        told = second_look(
            facts(**ANSWERS[proof]),
            before,
            setting=Setting(model=MODELS[model], policy=policy),
            spoke=spoke,
        )
        if before == "block" or (before == "hold" and spoke in {"list", "rule"}):
            assert (told.outcome, told.spoke) == (before, spoke)
            continue
        outcome = {
            "allow": {"failed": "hold"}.get(proof, "allow"),
            "challenge": {
                "failed": "block",
                "none": "hold" if model == "challenge" else "allow",
            }.get(proof, "allow"),
            "hold": "allow" if proof == "shifted" and releases else "hold",
        }[before]
        assert told.outcome == outcome
        if (before, proof) == ("challenge", "none"):
            assert told.spoke == "model"
        else:
            assert told.spoke == (spoke if outcome == before else "answer")


DOUBTFUL = [
    {"cvc": "fail"},
    {"avs_line1": "fail", "avs_postal": "fail"},
    {"provider_level": "highest"},
]


@pytest.mark.parametrize("doubt", DOUBTFUL, ids=str)
@pytest.mark.parametrize("before", ["allow", "challenge"])
def test_a_doubt_holds_what_would_be_let_go_unless_the_issuer_bears_it(before, doubt):
    setting = Setting(model=MODELS["allow"])
    for proof, outcome in (("authenticated", "hold"), ("none", "hold"), ("shifted", "allow")):
        assert (
            second_look(facts(**ANSWERS[proof], **doubt), before, setting=setting).outcome
            == outcome
        )


@pytest.mark.parametrize(
    "answer",
    [
        {"cvc": "pass"},
        {"cvc": "unavailable"},
        {"avs_line1": "fail", "avs_postal": "pass"},
        {"provider_level": "elevated"},
    ],
    ids=str,
)
def test_what_is_no_doubt_holds_nothing(answer):
    assert (
        second_look(facts(**answer), "challenge", setting=Setting(model=MODELS["allow"])).outcome
        == "allow"
    )


def test_a_challenge_that_proves_nothing_is_held_while_the_risk_is_elevated():
    """Even where a review costs more than it is expected to save: the challenge was asked for, and not answered."""
    small = facts(amount_minor=100)
    for score, outcome in ((64, "allow"), (65, "hold")):
        told = second_look(
            small, "challenge", setting=Setting(model=flat(scale.probability_at(score)))
        )
        assert (told.outcome, told.spoke) == (outcome, "model")
        assert told.details["costs"]["allow"] < told.details["costs"]["hold"]


@pytest.mark.parametrize("mode", FAILURE_MODES)
def test_a_challenge_without_proof_and_without_score_follows_the_failure_mode(mode):
    setting = Setting(model=None, policy=Policy(failure=mode))
    told = second_look(facts(), "challenge", setting=setting)
    assert (told.outcome, told.spoke) == ({"allow_3ds": "allow"}.get(mode, "hold"), "failure")


def test_the_model_may_void_at_the_second_look():
    setting = Setting(
        model=flat(0.01, feature="provider_score", above=90, step=12),
        policy=Policy(mode="thresholds"),
    )
    told = second_look(facts(provider_score=99), "challenge", setting=setting)
    assert (told.outcome, told.spoke, told.score) == ("block", "model", 100)


@pytest.mark.parametrize("before", ["allow", "challenge", "hold"])
@pytest.mark.parametrize("spoke", ["model", "rule", "list", "failure"])
@pytest.mark.parametrize(
    ("action", "outcome"),
    [("allow", "allow"), ("block", "block"), ("review", "hold"), ("challenge", None)],
)
def test_rules_see_the_answer(before, spoke, action, outcome):
    rule = (InForce("rule_1", parse(f"{action} if :cvc: = 'pass'")),)
    setting = Setting(model=MODELS["allow"], rules=rule)
    told = second_look(facts(cvc="pass"), before, setting=setting, spoke=spoke)
    if before == "hold" and spoke in {"rule", "list"} and action != "block":
        assert (told.outcome, told.spoke) == ("hold", spoke)
    elif outcome is None:
        assert told.spoke != "rule" or spoke == "rule"
    else:
        assert (told.outcome, told.spoke, told.rule_id) == (outcome, "rule", "rule_1")


@pytest.mark.parametrize(
    ("verdict", "outcome"), [("block", "block"), ("hold", "hold"), ("allow", "allow")]
)
def test_lists_see_what_the_answer_added(verdict, outcome):
    setting = Setting(
        model=MODELS["allow"], lists=Lists([Item(list=LISTED[verdict], type="card", value="fp_1")])
    )
    told = second_look(facts(card="fp_1"), "challenge", setting=setting)
    assert (told.outcome, told.spoke) == (outcome, "list")
    assert told.details["listed"] == {"list": LISTED[verdict], "type": "card", "value": "fp_1"}


# ------------------------------------------------------------------------------------------------ what is told


def test_what_was_wanted_is_told_where_it_was_not_possible():
    told = assess(facts(can_hold=False), setting=Setting(rules=rules("review")))
    assert (told.outcome, told.details["wanted"]) == ("challenge", "hold")
    assert assess(facts(), setting=Setting(rules=rules("review"))).details["wanted"] is None


def test_every_detail_is_json_and_has_its_place():
    policy = Policy(mode="thresholds")
    told = assess(
        facts(email="a@b.com", ip_country="NG", card_country="DE"),
        setting=Setting(
            model=MODELS["hold"], policy=policy, rules=rules("allow"), lists=lists("hold")
        ),
    )
    assert json.loads(json.dumps(told.details)) == dict(told.details)
    assert set(told.details) == {
        "reasons",
        "families",
        "rules",
        "costs",
        "expected_loss",
        "worth",
        "thresholds",
        "listed",
        "wanted",
    }
    assert told.details["thresholds"] == {"challenge": 65, "hold": 75, "block": 90}


def test_every_failure_mode_wants_something_that_can_be_wanted():
    assert set(FAILING) == set(FAILURE_MODES)
    assert set(FAILING.values()) <= set(BECOMES)

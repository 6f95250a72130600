from dataclasses import replace

import pytest
from sqlalchemy import select

from app.console import policies, policy_form, simulate
from app.errors import Conflict, Invalid, NotFound
from app.screening import force
from models import AuditRow, Merchant, clock, db
from models.ids import new_id
from models.money import EXPONENTS
from risk.costs import Costs, usual
from risk.policy import Policy
from tests.app.console import rows
from tests.app.console.test_rules import facts

ANA = new_id("usr")
FULL = Policy(
    mode="thresholds",
    challenge_at=60,
    hold_at=70,
    block_at=101,
    costs={
        "EUR": Costs(dispute_fee=1550, review=250, block_extra=0, margin_bps=1234),
        "JPY": Costs(dispute_fee=2000, review=400, block_extra=7),
        "KWD": Costs(dispute_fee=5_125, review=1, block_extra=0),
    },
    failure="allow_3ds",
    timeout_ms=80,
    limits={**Policy().limits, "ip_hard_1h": None, "card_hard_24h": 3, "email_tries_7d": 50},
    release_when_shifted=False,
    four_eyes={"EUR": 100_000},
    expiry_action="capture",
    expire_before_h=12,
    auto_refund_warning_below={"JPY": 3_000},
    explore_share=0.025,
    explore_below={"EUR": 1_999},
)


def save(till, policy, **more):
    now = policies.in_force(till.merchant.id)
    given = {"merchant_id": till.merchant.id, "by": ANA, "seen_id": now.id} | more
    return policies.save(policy, **given)


def in_force(till):
    return force.setting(till.merchant.id).policy


# In force


def test_a_policy_is_in_force_at_once_with_its_author_and_what_it_changed(till):
    save(till, Policy())
    row = save(till, Policy(mode="thresholds", four_eyes={"EUR": 5_000}))
    assert in_force(till).mode == "thresholds"
    act = db.session().scalars(
        select(AuditRow).where(AuditRow.target_id == row.id, AuditRow.actor == ANA)
    )
    assert act.one().details["changed"] == {
        "mode": ["cost", "thresholds"],
        "four_eyes.EUR": [None, 5_000],
    }


def test_two_people_do_not_undo_each_others_change(till):
    seen = policies.in_force(till.merchant.id).id
    save(till, Policy(timeout_ms=60))
    with pytest.raises(Conflict):
        save(till, Policy(failure="block"), seen_id=seen)
    assert in_force(till).timeout_ms == 60


def test_what_nobody_could_read_again_is_not_kept(till):
    before = policies.count(till.merchant.id)
    with pytest.raises(Invalid) as refused:
        save(till, replace(Policy(), hold_at=10))
    assert refused.value.field == "hold_at"
    assert policies.count(till.merchant.id) == before


def test_one_can_go_back_to_an_earlier_version(till):
    first = save(till, Policy(timeout_ms=60))
    save(till, Policy(timeout_ms=90))
    policies.under_attack(4, merchant_id=till.merchant.id, by=ANA)
    policies.go_back(first.id, merchant_id=till.merchant.id, by=ANA)
    assert in_force(till).timeout_ms == 60
    assert in_force(till).under_attack_until_ms is not None  # the switch is nobody's version
    versions = policies.versions(till.merchant.id)
    assert [change.name for change in versions[0].changes] == ["timeout_ms"]
    other = Merchant(id=new_id("mer"), name="Other")
    with db.transaction():
        db.insert(other)
    with pytest.raises(NotFound):
        policies.go_back(first.id, merchant_id=other.id, by=ANA)


def test_the_switch_is_on_for_some_hours_and_can_be_ended(till):
    save(till, Policy(timeout_ms=60))
    now_ms = int(clock.now().timestamp() * 1000)
    policies.under_attack(2, merchant_id=till.merchant.id, by=ANA)
    assert in_force(till).is_under_attack(now_ms + 3_600_000)
    assert not in_force(till).is_under_attack(now_ms + 3 * 3_600_000)
    assert in_force(till).timeout_ms == 60
    policies.under_attack(0, merchant_id=till.merchant.id, by=ANA)
    assert not in_force(till).is_under_attack(now_ms + 1)
    for hours in (-1, policies.LONGEST_ATTACK_H + 1):
        with pytest.raises(Invalid):
            policies.under_attack(hours, merchant_id=till.merchant.id, by=ANA)


def test_the_switch_for_all_merchants_is_in_every_policy(till):
    other = Merchant(id=new_id("mer"), name="Other")
    with db.transaction():
        db.insert(other)
    save(till, Policy(timeout_ms=60))
    policies.under_attack(2, merchant_id=None, by=ANA)
    now_ms = int(clock.now().timestamp() * 1000)
    for merchant_id in (till.merchant.id, other.id):
        assert force.setting(merchant_id).policy.is_under_attack(now_ms)
    assert in_force(till).timeout_ms == 60


# The form


def sent(policy, *currencies, **changes):
    form = policy_form.shown(policy, currencies)
    return {
        **form.values,
        "currencies": " ".join(form.currencies),
        "limit_names": " ".join(form.limits),
        **changes,
    }


@pytest.mark.parametrize("policy", [Policy(), FULL])
def test_what_is_shown_and_sent_back_is_the_same_policy(policy):
    form, read = policy_form.typed(sent(policy, "USD"), policy)
    assert form.errors == {}
    assert read == policy


def test_every_currency_keeps_its_decimals():
    for currency, digits in EXPONENTS.items():
        policy = Policy(costs={currency: usual(currency)}, four_eyes={currency: 10**digits + 1})
        assert policy_form.typed(sent(policy), policy)[1] == policy


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("costs.EUR.review", "1.234"),
        ("costs.EUR.review", "1e3"),
        ("costs.EUR.review", "-1"),
        ("costs.EUR.review", "٣"),
        ("costs.EUR.review", "9" * 19),
        ("costs.EUR.review", "."),
        ("costs.JPY.review", "1.5"),
        ("costs.EUR.margin_bps", "100.01"),
        ("costs.EUR.margin_bps", "12.345"),
        ("four_eyes.EUR", "NaN"),
        ("hold_at", "102"),
        ("hold_at", "75.0"),
        ("hold_at", ""),
        ("hold_at", "20"),
        ("timeout_ms", "0"),
        ("explore_share", "6"),
        ("explore_share", "Infinity"),
        ("limits.ip_hard_1h", "0"),
        ("limits.ip_hard_1h", "many"),
        ("mode", "guess"),
        ("failure", ""),
        ("expiry_action", "\0"),
    ],
)
def test_what_is_wrong_is_told_at_its_field_and_stays_as_typed(name, text):
    form, read = policy_form.typed(sent(Policy(), "EUR", "JPY", **{name: text}), Policy())
    assert read is None
    assert list(form.errors) == [name]
    assert form.values[name] == text.strip()[:40]


def test_another_currency_or_limit_makes_fields_and_nonsense_does_not():
    form, _ = policy_form.typed(sent(Policy(), "EUR", new_currency="chf", new_limit="card_tries_7d"), Policy())  # fmt: skip
    assert "CHF" in form.currencies
    assert "card_tries_7d" in form.limits
    form, read = policy_form.typed(sent(Policy(), "EUR", new_currency="XX1", currencies="EUR ZZZ <b>", limit_names="a b"), Policy())  # fmt: skip
    assert (form.currencies, form.limits, read) == (["EUR"], [], None)
    assert "" in form.errors


# What it would have done


def test_a_threshold_is_tried_on_the_journal_currency_by_currency(till):
    save(till, Policy())
    bad = rows.row_of(facts(till, 40_000), probability=0.02)
    good = rows.row_of(facts(till, 30_000), probability=0.02)
    yen = rows.row_of(facts(till, 30_000, currency="JPY"), probability=0.0001)
    ruled = rows.row_of(facts(till), spoke="rule")
    rows.put(bad, good, yen, ruled)
    rows.learn(bad, is_fraud=True)
    rows.learn(good, is_fraud=False, source="quiet")
    candidate = Policy(mode="thresholds", challenge_at=50, hold_at=50, block_at=50)
    found = simulate.policy(candidate, till.merchant.id)
    euro, other = found.by_currency["EUR"], found.by_currency["JPY"]
    assert (found.seen, found.of) == (4, 4)
    assert (euro.fraud_caught, euro.good_hit, euro.changed) == (1, 1, 2)
    assert euro.money["EUR"].saved == 40_000 + usual("EUR").dispute_fee
    assert other.changed == 0  # another score, another money


def test_a_model_in_shadow_is_tried_with_what_it_said(till):
    save(till, Policy())
    said = {"mdl_x": {"probability": 0.9, "score": 97, "outcome": "block"}}
    rows.put(rows.row_of(facts(till), shadow=said), rows.row_of(facts(till)))
    candidate = Policy(mode="thresholds")
    assert simulate.policy(candidate, till.merchant.id).by_currency["EUR"].changed == 0
    found = simulate.policy(candidate, till.merchant.id, shadow="mdl_x")
    assert found.by_currency["EUR"].seen == found.by_currency["EUR"].changed == 1

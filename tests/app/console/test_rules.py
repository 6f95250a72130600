from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.console import backtests, rule_book, rules
from app.errors import Conflict, Forbidden, Invalid, NotFound, RawCardData
from app.screening import force
from models import AuditRow, Merchant, RiskRule, clock, db
from models.ids import new_id
from risk.facts import Facts
from tests.app.console import rows

ANA, BEN, KEY = new_id("usr"), new_id("usr"), "k" * 32
TEXT = "review if :amount: > 50 EUR"
DAY_MS = 86_400_000


def facts(till, amount_minor=10_000, *, days_ago=1, **more):
    at_ms = int(clock.now().timestamp() * 1000) - days_ago * DAY_MS
    given = {"currency": "EUR", "can_challenge": True, "can_hold": True} | more
    return Facts(at_ms=at_ms, merchant_id=till.merchant.id, amount_minor=amount_minor, **given)


def proposed(till, text=TEXT, **more):
    found = backtests.run(text, till.merchant.id)
    more.setdefault("by", ANA)
    return rules.propose(text, merchant_id=till.merchant.id, backtest=found.told, **more)


def live(till, text=TEXT, **more):
    return rules.approve(proposed(till, text, **more).id, "live", by=BEN, scope=None)


def state(rule):
    return db.session().get_one(RiskRule, rule.id, populate_existing=True).state


def in_force(till):
    return [one.rule.text for one in force.setting(till.merchant.id).rules if not one.shadow]


# What it would have done


def test_a_backtest_tells_fraud_and_good_customers_and_money_by_currency(till):
    bad, good, dear = (
        rows.row_of(facts(till)),
        rows.row_of(facts(till, 20_000)),
        rows.row_of(facts(till, 90_000, currency="JPY")),
    )
    rows.put(bad, good, dear, rows.row_of(facts(till, 100)))
    rows.learn(bad, is_fraud=True)
    rows.learn(good, is_fraud=False, source="quiet")
    told = backtests.run("block if :amount: > 50 EUR or :amount: > 500 JPY", till.merchant.id).told
    assert (told["matches"], told["fraud_caught"], told["good_hit"]) == (3, 1, 1)
    assert (told["seen"], told["of"]) == (4, 4)
    assert told["money"]["EUR"]["saved"] == 10_000 + 2_000  # the amount and the dispute fee
    assert told["money"]["EUR"]["lost"] > 0
    assert set(told["money"]) == {"EUR", "JPY"}


def test_other_merchants_and_older_decisions_are_not_looked_at(till):
    rows.put(
        rows.row_of(facts(till, days_ago=31)),
        rows.row_of(replace(facts(till), merchant_id=new_id("mer"))),
    )
    told = backtests.run(TEXT, till.merchant.id).told
    assert told["seen"] == 0
    assert told["warnings"] == ["There is nothing in the journal to look at."]


def test_the_overlap_with_rules_in_force_is_told(till):
    rule = live(till)
    rows.put(*(rows.row_of(facts(till, amount)) for amount in (6_000, 9_000)))
    told = backtests.run("review if :amount: > 80 EUR", till.merchant.id).told
    assert told["overlap"] == {rule.id: 1}


def test_for_all_merchants_every_journal_is_looked_at_and_lists_are_empty(till):
    rows.put(rows.row_of(facts(till)), rows.row_of(replace(facts(till), merchant_id=new_id("mer"))))
    told = backtests.run("review if not :email: in @trusted or :amount: > 1 EUR", None).told
    assert (told["seen"], told["matches"]) == (2, 2)
    assert told["warnings"] == ["Lists are each merchant's own: here they were taken as empty."]


def test_a_rule_about_the_answer_is_tried_on_second_looks(till):
    first = rows.row_of(facts(till), "challenge")
    second = rows.row_of(
        facts(till, cvc="fail"), "hold", moment="after", attempt_id=first["attempt_id"]
    )
    rows.put(first, second)
    told = backtests.run("block if :cvc: = 'fail'", till.merchant.id).told
    assert (told["moment"], told["seen"], told["matches"]) == ("after", 1, 1)


def test_of_many_decisions_an_even_sample_is_looked_at(till, monkeypatch):
    rows.put(*(rows.row_of(facts(till, days_ago=n % 29 + 1)) for n in range(600)))
    window = backtests.journal.last_days(till.merchant.id)
    few = list(backtests.journal.rows(backtests.journal.sample(window, most=150)))
    assert 75 <= len(few) <= 240
    days = {row.facts.at_ms // DAY_MS for row in few}
    assert len(days) > 20  # old and new alike


@pytest.mark.parametrize(
    ("text", "column"),
    [("review if :amout: > 5 EUR", 11), ("", 1), ("review if :amount: > 5", 22), ("\n\nreview", 8)],
)
def test_what_is_no_rule_is_refused_with_its_column(till, text, column):
    with pytest.raises(Invalid) as refused:
        backtests.run(text, till.merchant.id)
    assert refused.value.details["column"] == column
    assert backtests.check(text, till.merchant.id).column == column


# The seal


def test_only_a_backtest_of_exactly_this_text_counts(till):
    token = backtests.seal(backtests.run(TEXT, till.merchant.id), KEY)
    assert backtests.opened(token, f" {TEXT}\n", till.merchant.id, KEY)["matches"] == 0
    for text, merchant_id, key in [
        (TEXT.replace("50", "51"), till.merchant.id, KEY),
        (TEXT, None, KEY),
        (TEXT, till.merchant.id, "other" * 8),
    ]:
        with pytest.raises(Invalid) as refused:
            backtests.opened(token, text, merchant_id, key)
        assert refused.value.field == "backtest"
    for forged in ("", "x.y.z", token[:-2]):
        with pytest.raises(Invalid):
            backtests.opened(forged, TEXT, till.merchant.id, KEY)


# The life of a rule


def test_a_rule_comes_into_force_by_somebody_elses_consent(till):
    rule = proposed(till)
    assert in_force(till) == []
    with pytest.raises(Forbidden):
        rules.approve(rule.id, "live", by=ANA, scope=None)
    with pytest.raises(Forbidden):
        rules.approve(rule.id, "shadow", by=ANA, scope=None)
    rules.approve(rule.id, "live", by=BEN, scope=None)
    assert in_force(till) == [TEXT]
    kept = db.session().get_one(RiskRule, rule.id)
    assert (kept.author, kept.approver) == (ANA, BEN)
    acts = db.session().execute(select(AuditRow.actor, AuditRow.action).order_by(AuditRow.id))
    assert list(acts) == [(ANA, "rule.proposed"), (BEN, "rule.live")]


# fmt: off
MOVES = {  # state → what can be done by somebody who may approve
    "proposed": {"live", "shadow", "withdraw"},
    "shadow":   {"live", "retire"},
    "live":     {"shadow", "retire"},
    "retired":  set(),
}
# fmt: on


@pytest.mark.parametrize("was", MOVES)
@pytest.mark.parametrize("act", ["live", "shadow", "retire", "withdraw"])
def test_every_act_in_every_state(till, was, act):
    rule = proposed(till)
    with db.transaction():
        db.update(rule, state=was)

    def do():
        if act in {"live", "shadow"}:
            return rules.approve(rule.id, act, by=BEN, scope=None)
        return getattr(rules, act)(rule.id, by=BEN, scope=None)

    if act in MOVES[was]:
        assert state(do()) == {"retire": "retired", "withdraw": "retired"}.get(act, act)
    else:
        with pytest.raises(Conflict):
            do()
        assert state(rule) == was


def test_a_new_version_replaces_the_old_one_when_it_goes_live_and_not_before(till):
    old = live(till)
    new = proposed(till, "review if :amount: > 70 EUR", replaces_id=old.id)
    assert (new.version, in_force(till)) == (2, [TEXT])
    rules.approve(new.id, "shadow", by=BEN, scope=None)
    assert in_force(till) == [TEXT]
    rules.approve(new.id, "live", by=BEN, scope=None)
    assert in_force(till) == ["review if :amount: > 70 EUR"]
    assert state(old) == "retired"
    history = rule_book.history(new)
    assert [version.rule.version for version in history] == [2, 1]
    assert ("-", "50") in history[0].changed
    assert ("+", "70") in history[0].changed


def test_of_two_new_versions_only_one_replaces_the_old(till):
    old = live(till)
    one, other = (
        proposed(till, f"review if :amount: > {n} EUR", replaces_id=old.id) for n in (60, 70)
    )
    rules.approve(one.id, "live", by=BEN, scope=None)
    with pytest.raises(Conflict, match="retired"):
        rules.approve(other.id, "live", by=BEN, scope=None)
    with pytest.raises(Conflict, match="retired"):
        proposed(till, replaces_id=old.id)


def test_an_expired_proposal_is_not_approved_and_an_expired_rule_has_no_say(till):
    ends = clock.now() + timedelta(hours=1)
    waiting, running = proposed(till, expires_at=ends), live(till, expires_at=ends)
    till.later(hours=2)
    force.forget()
    with pytest.raises(Invalid) as refused:
        rules.approve(waiting.id, "live", by=BEN, scope=None)
    assert refused.value.field == "expires"
    assert in_force(till) == []
    lines = rule_book.book(till.merchant.id).lines["live"]
    assert [line.rule.id for line in lines] == [running.id]
    assert "It has expired: it has no say any more." in lines[0].odd


def test_nothing_but_text_is_kept(till):
    with pytest.raises(RawCardData):
        proposed(till, "block if ::note:: = '4242 4242 4242 4242'")
    with pytest.raises(Invalid):
        rules.propose("block", merchant_id=till.merchant.id, backtest={"seen": 1}, by=ANA)
    with pytest.raises(Invalid):
        proposed(till, expires_at=clock.now() - timedelta(minutes=1))


def test_nobody_touches_another_merchants_rule(till):
    other = Merchant(id=new_id("mer"), name="Other")
    with db.transaction():
        db.insert(other)
    rule, whole = proposed(till), None
    found = backtests.run(TEXT, None)
    whole = rules.propose(TEXT, merchant_id=None, backtest=found.told, by=ANA)
    for act in (
        lambda: rules.approve(rule.id, "live", by=BEN, scope=other.id),
        lambda: rules.withdraw(rule.id, by=BEN, scope=other.id),
        lambda: rule_book.one(rule.id, other.id),
        lambda: rules.withdraw(whole.id, by=BEN, scope=other.id),
        lambda: proposed(till, replaces_id=whole.id),
    ):
        with pytest.raises(NotFound):
            act()
    assert (
        rule_book.one(whole.id, other.id).id == whole.id
    )  # it holds for them, so they may read it


# The book


def test_matches_are_counted_once_an_attempt_with_who_spoke(till):
    rule, quiet = live(till), live(till, "block if :score: > 99")
    hit = {"details": {"rules": [{"id": rule.id}]}}
    now = facts(till)
    spoke = rows.row_of(now, "hold", rule_id=rule.id, **hit)
    rows.put(
        spoke,
        rows.row_of(now, "hold", moment="after", attempt_id=spoke["attempt_id"], **hit),
        rows.row_of(facts(till, days_ago=3), **hit),
        rows.row_of(facts(till, days_ago=31), **hit),
    )
    found = {line.rule.id: line.matches for line in rule_book.book(till.merchant.id).lines["live"]}
    assert (found[rule.id].count, found[rule.id].spoke) == (2, 1)
    assert found[rule.id].last == spoke["created_at"]
    assert found[quiet.id] == rule_book.Matches()


def test_a_rule_that_is_quiet_or_can_never_match_is_pointed_at(till):
    live(till)
    live(till, "block if :score: > 60 and :score: < 50")
    quiet, never = rule_book.book(till.merchant.id).lines["live"]
    assert quiet.odd == []
    assert never.odd[0].startswith("This rule can never match")
    till.later(days=31)
    assert rule_book.book(till.merchant.id).lines["live"][0].odd == [
        "It has not matched for 30 days."
    ]

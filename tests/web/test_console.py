"""The risk console through its pages: what is shown to whom, and that nothing typed breaks it."""

import itertools
import re
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from flask import url_for
from sqlalchemy import func, select

from app.console import backtests, lists, policies, rules
from app.screening import force, registry
from app.web import console_models
from models import Assessment, ListItem, Merchant, RiskModel, RiskPolicy, RiskRule, clock, db
from models.ids import new_id
from risk.policy import Policy
from tests.app.console import rows
from tests.app.console.test_rules import facts

TEXT = "review if :amount: > 50 EUR"


@pytest.fixture
def ana(staffer):
    return staffer("analyst")


@pytest.fixture
def boss(staffer):
    return staffer("admin")


@pytest.fixture
def other(till):
    row = Merchant(id=new_id("mer"), name="Other & Sons")
    with db.transaction():
        db.insert(row)
    return row


@pytest.fixture
def to(till, application):
    """The address of a page about the test's merchant."""

    def path(endpoint, **values):
        with application.test_request_context():
            return url_for(f"risk.{endpoint}", **{"merchant": till.merchant.id, **values})

    return path


def count(table):
    return db.session().scalar(select(func.count()).select_from(table))


def journal(till, *, bad=2, good=3):
    """Some decisions whose end is known."""
    for is_fraud in [True] * bad + [False] * good:
        row = rows.row_of(facts(till), probability=0.1 if is_fraud else 0.03)
        rows.put(row)
        rows.learn(row, is_fraud=is_fraud, source="dispute" if is_fraud else "quiet")


def token_of(answer):
    found = re.search(r'name="backtest" value="([^"]+)"', answer.text)
    return found and found[1]


# The first page


def test_without_decisions_every_page_says_so(till, boss, to):
    for endpoint, words in (
        ("home", "No decisions yet"),
        ("rules", "No live rule"),
        ("lists", "@blocked"),
        ("policy", "Policy"),
        ("simulator", "There are no decisions"),
        ("models", "No model of your own yet"),
        ("analytics", "No decisions in this time"),
    ):
        answer = boss.get(to(endpoint))
        assert answer.status_code == 200, answer.text
        assert words in answer.text, endpoint


def test_the_first_page_tells_how_it_goes(till, ana, to):
    journal(till)
    rows.put(
        rows.row_of(facts(till), "block", probability=None, failure="no_model", spoke="failure")
    )
    shown = ana.get(to("home")).text
    assert "1 of 6 decisions" in shown
    assert "16.7 %" in shown
    assert "no_model" in shown
    assert "Disputes" in shown


def test_a_failing_scorer_is_on_every_page_of_who_can_help(till, staffer, to):
    rows.put(rows.row_of(facts(till, days_ago=0), probability=None, failure="history_unavailable"))
    assert "Redis does not answer" in staffer("analyst").get("/account").text
    assert "Redis does not answer" not in staffer("merchant", merchant_id=till.merchant.id).get("/account").text  # fmt: skip


def test_the_switch_is_turned_on_and_off(till, ana, to):
    assert "Switch on for Acme" in ana.get(to("home")).text
    assert ana.post(to("attack"), {"hours": "4"}).status_code == 303
    now_ms = int(clock.now().timestamp() * 1000)
    assert force.setting(till.merchant.id).policy.is_under_attack(now_ms)
    assert "Switch off" in ana.get(to("home")).text
    ana.post(to("attack"), {"hours": "0"})
    assert not force.setting(till.merchant.id).policy.is_under_attack(now_ms)
    for hours in ("", "-1", "x", "4.5"):
        assert ana.post(to("attack"), {"hours": hours}).status_code == 422


# Whose risk


def test_who_is_bound_to_a_merchant_sees_only_that_one(till, staffer, other, to):
    bound = staffer("analyst", merchant_id=till.merchant.id)
    with db.transaction():
        theirs = RiskRule(id=new_id("rul"), merchant_id=other.id, text="block if :score: > 7", state="live", author="x", backtest={"seen": 0})  # fmt: skip
        item = ListItem(id=new_id("itm"), merchant_id=other.id, list="secret", type="email", value="z@example.com", added_by="x")  # fmt: skip
        db.insert(theirs, item)
    rows.put(rows.row_of(facts(till)), *(rows.row_of(replace_merchant(facts(till), other)) for _ in range(3)))  # fmt: skip
    home = bound.get("/risk").text
    assert "1 decisions" in home
    assert "Other" not in home
    assert "score: &gt; 7" not in bound.get("/risk/rules").text
    assert "secret" not in bound.get("/risk/lists").text
    for path in (
        f"/risk?merchant={other.id}",
        f"/risk/rules/{theirs.id}",
        f"/risk/rules/new?replaces={theirs.id}",
    ):
        assert bound.get(path).status_code == 404, path
    for path in (f"/risk/lists/items/{item.id}/remove", f"/risk/rules/{theirs.id}/withdraw"):
        assert bound.post(path).status_code == 404, path


def replace_merchant(found, merchant):
    return type(found).from_json({**found.to_json(), "merchant_id": merchant.id})


def test_who_works_for_all_chooses_and_the_choice_goes_along(till, ana, other, to):
    shown = ana.get(to("home", merchant=other.id)).text
    assert "Other &amp; Sons" in shown
    assert f"/risk/rules?merchant={other.id}" in shown
    for wrong in ("mer_1", new_id("mer"), "%00", "x" * 500):
        assert ana.get(f"/risk?merchant={wrong}").status_code == 404


# Rules


def test_a_rule_is_checked_while_it_is_typed(till, ana, to):
    answer = ana.post(
        to("rule_check"), {"text": "review if :amout: > 5"}, Accept="application/json"
    )
    found = answer.json
    assert (found["ok"], found["column"]) == (False, 11)
    assert "Did you mean :amount:?" in found["message"]
    assert found["caret"] == "review if :amout: > 5\n          ^"
    lines = ana.post(to("rule_check"), {"text": "review if\n  :amout: > 5"}).json
    assert lines["caret"] == "  :amout: > 5\n  ^"
    good = ana.post(to("rule_check"), {"text": "block if :email: in @nobody"}).json
    assert good["ok"]
    assert good["warnings"] == ["Nothing is on a list @nobody."]


def test_a_rule_is_saved_only_with_the_backtest_of_exactly_this_text(till, ana, to):
    journal(till)
    bare = ana.post(to("rule_save"), {"text": TEXT})
    assert (bare.status_code, count(RiskRule)) == (422, 0)
    tried = ana.post(to("rule_try"), {"text": TEXT})
    assert tried.status_code == 200
    assert "Good customers hit" in tried.text
    token = token_of(tried)
    changed = ana.post(to("rule_save"), {"text": TEXT + " and :tries: > 1", "backtest": token})
    assert (changed.status_code, count(RiskRule)) == (422, 0)
    assert "has changed since it was tried" in changed.text
    assert ana.post(to("rule_save"), {"text": TEXT, "backtest": token}).status_code == 303
    rule = db.session().scalars(select(RiskRule)).one()
    assert (rule.state, rule.author, rule.merchant_id) == (
        "proposed",
        ana.user.id,
        till.merchant.id,
    )
    assert (rule.backtest["matches"], rule.backtest["fraud_caught"]) == (5, 2)


def test_an_old_backtest_does_not_count(till, ana, to, monkeypatch):
    token = token_of(ana.post(to("rule_try"), {"text": TEXT}))
    monkeypatch.setattr(backtests, "COUNTS_FOR_S", -1)
    assert ana.post(to("rule_save"), {"text": TEXT, "backtest": token}).status_code == 422


def propose(till, who, text=TEXT, **more):
    found = backtests.run(text, till.merchant.id)
    return rules.propose(text, merchant_id=till.merchant.id, backtest=found.told, by=who.user.id, **more)  # fmt: skip


def state(rule):
    return db.session().get_one(RiskRule, rule.id, populate_existing=True).state


def test_somebody_else_approves_and_the_author_sees_no_button(till, ana, boss, to):
    rule = propose(till, boss)
    mine = boss.get(to("rule_show", rule_id=rule.id)).text
    assert "Approve: make it live" not in mine
    assert "somebody else must approve it" in mine
    refused = boss.post(to("rule_approve", rule_id=rule.id), {"state": "live"})
    assert (refused.status_code, state(rule)) == (403, "proposed")
    assert ana.post(to("rule_approve", rule_id=rule.id), {"state": "live"}).status_code == 403
    assert "Approve: make it live" not in ana.get(to("rule_show", rule_id=rule.id)).text
    rule = propose(till, ana)
    assert "Approve: make it live" in boss.get(to("rule_show", rule_id=rule.id)).text
    assert boss.post(to("rule_approve", rule_id=rule.id), {"state": "live"}).status_code == 303
    assert state(rule) == "live"
    assert boss.post(to("rule_approve", rule_id=rule.id), {"state": "live"}).status_code == 409
    assert boss.post(to("rule_retire", rule_id=rule.id)).status_code == 303
    assert "Retired" in ana.get(to("rules")).text


def test_a_new_version_is_made_of_the_old_one_and_its_history_is_a_diff(till, ana, boss, to):
    old = propose(till, ana)
    boss.post(to("rule_approve", rule_id=old.id), {"state": "live"})
    editor = ana.get(to("rule_new", replaces=old.id)).text
    assert "review if :amount: &gt; 50 EUR</textarea>" in editor
    form = {"text": "review if :amount: > 70 EUR", "replaces": old.id}
    form["backtest"] = token_of(ana.post(to("rule_try"), form))
    shown = ana.get(ana.post(to("rule_save"), form).location).text
    assert "<del>50</del>" in shown
    assert "<ins>70</ins>" in shown


def test_the_queue_can_send_a_text_along(till, ana, to):
    shown = ana.get(to("rule_new", text="block if :ip: = '203.0.113.7'\0<script>")).text
    assert "block if :ip: = &#39;203.0.113.7&#39;&lt;script&gt;</textarea>" in shown


def test_attributes_can_be_searched(till, ana, to):
    shown = ana.get(to("rule_new", q="disposable")).text
    assert ":email_is_disposable:" in shown
    assert ":card_country:" not in shown.partition("What can be asked about")[2]


# Lists


def test_values_are_put_on_a_list_line_by_line_and_taken_off(till, ana, to):
    form = {"name": "@Trusted ", "type": "email", "values": "a@example.com\r\nnope\r\n", "expires": "2999-01-31T12:00", "note": "friends"}  # fmt: skip
    answer = ana.post(to("list_add"), form)
    assert answer.status_code == 422
    assert "Line 2" in answer.text
    assert ">nope</textarea>" in answer.text
    shown = ana.get(to("list_show", name="trusted")).text
    assert "a@example.com" in shown
    assert "friends" in shown
    assert "Ada Marlowe" in shown
    item = db.session().scalars(select(ListItem)).one()
    assert item.expires_at.isoformat() == "2999-01-31T12:00:00+00:00"
    assert ana.post(to("list_remove", item_id=item.id)).status_code == 303
    assert "Nothing here" in ana.get(to("list_show", name="trusted")).text


def test_one_is_asked_again_before_a_rule_loses_its_list(till, ana, boss, to):
    lists.put(till.merchant.id, "trusted", "email", "a@example.com", by="x")
    rule = propose(till, ana, "allow if :email: in @trusted")
    rules.approve(rule.id, "live", by=boss.user.id, scope=None)
    item = db.session().scalars(select(ListItem)).one()
    for path, form in (
        (to("list_remove", item_id=item.id), {"list": "trusted"}),
        (to("list_empty", name="trusted"), {}),
    ):
        warned = ana.post(path, form)
        assert warned.status_code == 422
        assert "Think again" in warned.text
    sure = ana.post(to("list_remove", item_id=item.id), {"list": "trusted", "sure": "yes"})
    assert sure.status_code == 303


# Policy


def policy_form(page):
    """The fields of the form as a browser would send them back."""
    inner = page.text.partition('<form class="policy"')[2].partition("</form>")[0]
    found = dict(re.findall(r'<input[^>]*? name="([^"]+)"[^>]*? value="([^"]*)"', inner))
    found |= {n: v for v, n in re.findall(r'<input[^>]*? value="([^"]*)"[^>]*? name="([^"]+)"', inner)}  # fmt: skip
    for select_ in re.findall(r"<select.*?</select>", inner, re.DOTALL):
        name = re.search(r'name="([^"]+)"', select_)[1]
        chosen = re.search(r'value="([^"]*)" selected', select_)
        found[name] = chosen[1] if chosen else ""
    found.pop("csrf_token", None)
    return found


@pytest.fixture
def usual(till):
    with db.transaction():
        db.insert(RiskPolicy(id=new_id("pol"), merchant_id=till.merchant.id, settings={}, author="x"))  # fmt: skip
    force.forget()


def test_a_policy_is_tried_then_put_in_force(till, boss, to, usual):
    journal(till)
    form = policy_form(boss.get(to("policy")))
    form |= {"mode": "thresholds", "hold_at": "70", "costs.EUR.review": "4.50", "four_eyes.EUR": "1000"}  # fmt: skip
    before = count(RiskPolicy)
    tried = boss.post(to("policy_try"), form | {"do": "try"})
    assert tried.status_code == 200
    assert "What this would have done" in tried.text
    assert count(RiskPolicy) == before
    assert boss.post(to("policy_save"), form).status_code == 303
    policy = force.setting(till.merchant.id).policy
    assert (policy.mode, policy.hold_at, policy.costs["EUR"].review) == ("thresholds", 70, 450)
    assert policy.four_eyes == {"EUR": 100_000}
    shown = boss.get(to("policy")).text
    assert "<del>cost</del>" in shown
    assert "€1,000.00" in shown


def test_a_currency_and_a_limit_can_be_added_to_the_form(till, ana, to, usual):
    form = policy_form(ana.get(to("policy")))
    shown = ana.post(to("policy_try"), form | {"new_currency": "kwd", "do": "more", "new_limit": "card_tries_7d"})  # fmt: skip
    assert shown.status_code == 200
    assert 'name="costs.KWD.review"' in shown.text
    assert 'name="limits.card_tries_7d"' in shown.text


def test_what_is_wrong_stands_at_its_field(till, boss, to, usual):
    form = policy_form(boss.get(to("policy")))
    shown = boss.post(to("policy_save"), form | {"costs.EUR.review": "1,50", "hold_at": "5"})
    assert shown.status_code == 422
    assert '<a href="#costs.EUR.review">' in shown.text
    assert 'id="costs.EUR.review-error"' in shown.text
    assert 'value="1,50"' in shown.text


def test_a_policy_that_somebody_changed_meanwhile_is_not_overwritten(till, boss, to, usual):
    form = policy_form(boss.get(to("policy")))
    now = policies.in_force(till.merchant.id)
    policies.save(Policy(timeout_ms=77), merchant_id=till.merchant.id, by="x", seen_id=now.id)
    shown = boss.post(to("policy_save"), form)
    assert shown.status_code == 409
    assert "meanwhile" in shown.text
    assert force.setting(till.merchant.id).policy.timeout_ms == 77


def test_one_can_go_back(till, boss, ana, to, usual):
    now = policies.in_force(till.merchant.id)
    policies.save(Policy(timeout_ms=77), merchant_id=till.merchant.id, by="x", seen_id=now.id)
    assert ana.post(to("policy_back", policy_id=now.id)).status_code == 403
    assert boss.post(to("policy_back", policy_id=now.id)).status_code == 303
    assert force.setting(till.merchant.id).policy == Policy()


def test_the_simulator_keeps_thresholds_in_order_and_shows_money_by_currency(till, ana, to, usual):
    journal(till)
    rows.put(rows.row_of(facts(till, currency="JPY", amount_minor=9_000)))
    shown = ana.get(to("simulator", mode="thresholds", challenge_at="60", hold_at="40", block_at="x")).text  # fmt: skip
    assert 'name="hold_at" type="range" min="0" max="101" value="60"' in shown
    assert '<th scope="row">EUR</th>' in shown
    assert '<th scope="row">JPY</th>' in shown


# Models


@pytest.fixture
def model(till):
    row = RiskModel(
        id=new_id("mdl"), name="Night <7>", state="shadow", artefact=b"x", flat="{}", sha256="0" * 64,
        flat_sha256="0" * 64, signature="0" * 64, card="# Night <7>\n\n|a|b|\n|---|---|\n|c|<script>|",
        metrics={
            "proposal": {"promote": True, "words": "Better in every figure."},
            "comparison": {
                "champion": {"average_precision": 0.5, "rows": 10, "frauds": 2, "calibration": {"brier": 0.01}},
                "challenger": {
                    "average_precision": 0.625, "rows": 10, "frauds": 2, "calibration": {"brier": 0.01},
                    "within": [{"budget": 0.01, "recall": 0.5, "precision": None, "money": {"EUR": {"caught_minor": 1234}}}],
                },
            },
            "calibration": {"bins": [{"mean_probability": 0.01, "fraud_rate": 0.02, "rows": 5}]},
        },
    )  # fmt: skip
    with db.transaction():
        db.insert(row)
    return row


def test_a_proposal_is_shown_with_the_command_that_promotes(till, boss, ana, model, to):
    shown = boss.get(to("models")).text
    assert "Better in every figure." in shown
    assert f"flask --app wsgi risk promote {model.id}" in shown
    assert "risk promote" not in ana.get(to("models")).text
    page = boss.get(to("model_show", model_id=model.id)).text
    assert "0.625" in page
    assert "Night &lt;7&gt;" in page
    assert "<script>|" not in page
    assert "Told probability" in page


def test_the_model_that_comes_along_has_its_card_here(till, ana, to, monkeypatch, tmp_path):
    shown = ana.get(to("model_shipped"))
    assert shown.status_code == 200
    assert "What it cannot do" in shown.text
    monkeypatch.setattr(console_models, "SHIPPED_CARD", tmp_path / "none.md")
    assert ana.get(to("model_shipped")).status_code == 404


def test_everybodys_rules_are_shown_to_who_works_for_all(till, ana, boss, other, to):
    propose(till, ana)
    shown = boss.get("/risk/rules").text
    assert "review if :amount: &gt; 50 EUR" in shown
    assert "Acme" in shown
    assert "50 EUR" not in boss.get(to("rules", merchant=other.id)).text


def test_models_are_made_of_everybodys_payments_and_so_not_for_one_merchants_analyst(
    till, staffer, model, to
):
    bound = staffer("analyst", merchant_id=till.merchant.id)
    assert bound.get("/risk/models").status_code == 200
    assert bound.get(f"/risk/models/{model.id}").status_code == 403


def test_going_back_asks_first_and_does_nothing_to_another_champion(till, boss, model, to):
    with db.transaction():
        db.update(model, state="champion", promoted_at=clock.now() - timedelta(days=1))
    force.forget()
    asked = boss.get(to("model_rollback_page"))
    assert model.id in asked.text
    boss.post(to("model_rollback"), {"champion": new_id("mdl")})
    assert registry.champion_id() == model.id
    boss.post(to("model_rollback"), {"champion": model.id})
    assert registry.champion_id() == force.SHIPPED
    refused = boss.post(to("model_rollback"), {"champion": force.SHIPPED})
    assert refused.status_code == 409


def test_a_shadow_is_let_go(till, boss, model, to):
    assert boss.post(to("model_retire", model_id=model.id)).status_code == 303
    assert boss.post(to("model_retire", model_id=model.id)).status_code == 409


# Analytics


def test_analytics_show_charts_with_their_tables(till, ana, to):
    journal(till)
    shown = ana.get(to("analytics", at="60")).text
    for words in ("Alert rate per day", "Precision and recall by threshold", "The same as a table"):
        assert words in shown
    assert "recall <strong>100.0 %</strong>" in shown
    assert shown.count('<svg class="chart"') == shown.count("<summary>The same as a table</summary>")  # fmt: skip


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("from=2026-01-01&to=2026-02-01", 200),
        ("days=7", 200),
        ("days=99999", 200),
        ("from=x", 422),
        ("from=2026-02-30", 422),
        ("from=2026-02-02&to=2026-01-01", 422),
        ("from=0001-01-01&to=9999-12-31", 422),
        ("to=9999-12-31", 422),
        ("from=2020-01-01&to=2026-01-01", 422),
        ("at=-5&days=x", 200),
        ("at=%F0%9F%92%A9", 200),
        ("from=%00", 422),
    ],
)
def test_any_range_of_days_is_answered(till, ana, to, query, status):
    assert ana.get(f"{to('analytics')}&{query}").status_code == status


# Nothing that is sent breaks anything


NASTY = [
    "", " ", "\0", "\x1b[2J", "\ud800", "💩" * 50, "'; DROP TABLE risk_rules; --", "<script>alert(1)</script>",
    "{{ 7*7 }}", "%s%n", "9" * 400, "-1", "NaN", "1e309", "٣", "2026-02-30T25:61", "0001-01-01T00:00", "9" * 4_000,
    ":" * 2_000, "review if " + "(" * 900, "review if " + "not " * 400 + ":is_night:", "a\nb\r\nc" * 300, "..", "\u202e",
]  # fmt: skip
FORMS = {
    "attack": ["hours"],
    "rule_check": ["text"],
    "rule_try": ["text", "expires", "replaces"],
    "rule_save": ["text", "expires", "replaces", "backtest"],
    "list_add": ["name", "type", "values", "expires", "note"],
    "policy_try": ["mode", "hold_at", "currencies", "new_currency", "limit_names", "new_limit", "explore_share", "do"],
    "policy_save": ["mode", "timeout_ms", "currencies", "limit_names", "seen", "failure"],
    "model_rollback": ["champion"],
}  # fmt: skip


@pytest.mark.parametrize("endpoint", FORMS)
def test_no_form_is_broken_by_what_is_typed(till, boss, to, endpoint):
    path = to(endpoint)
    accepts = itertools.cycle(("text/html", "application/json"))
    for name in FORMS[endpoint]:
        for text in NASTY:
            raw = text.encode("utf-8", "surrogatepass")
            form = {"csrf_token": boss.token, **dict.fromkeys(FORMS[endpoint], "1"), name: raw}
            answer = boss.client.post(
                path,
                data=urlencode(form),
                content_type="application/x-www-form-urlencoded",
                headers={"Accept": next(accepts)},
            )
            assert answer.status_code < 500, (endpoint, name, text[:40])


def test_no_address_is_broken_by_what_is_typed(till, boss, to):
    journal(till, bad=1, good=1)
    for endpoint, names in (
        ("rule_new", ("text", "replaces", "q")),
        ("simulator", ("mode", "model", "hold_at")),
        ("analytics", ("from", "to", "days", "at")),
        ("rules", ("merchant",)),
    ):
        for at, name in enumerate(names):
            for text in NASTY[at::3]:
                raw = text.encode("utf-8", "surrogatepass")
                sent = urlencode({"merchant": till.merchant.id, name: raw})
                answer = boss.client.get(f"{to(endpoint).partition('?')[0]}?{sent}")
                assert answer.status_code < 500, (endpoint, name, text[:40])
    for text in ("x", "%00", "a" * 300, "..%2f", "%ff", "DROP", "a%0ab", "1"):
        for path in (f"/risk/lists/{text}", f"/risk/rules/{text}", f"/risk/models/{text}"):
            assert boss.get(f"{path}?merchant={till.merchant.id}").status_code in {200, 404}, path


def test_a_body_that_is_too_large_is_refused(till, boss, to):
    form = {"csrf_token": boss.token, "name": "a", "type": "email", "values": "x" * 2_000_000}
    assert boss.client.post(to("list_add"), data=form).status_code == 413
    assert count(ListItem) == 0
    assert count(Assessment) == 0

"""Under attack: by people of another merchant, by other sites' pages, by shoppers, and by whatever can be typed."""

from __future__ import annotations

import pytest
import redis as redis_client
from flask import Flask
from sqlalchemy import func, select

from app import commands, payments, signins
from app.reviews import notes
from app.screening import force, gate, history, warnings
from models import (
    Assessment,
    FraudWarning,
    ListItem,
    Merchant,
    ReviewNote,
    RiskPolicy,
    RiskRule,
    SavedView,
    SignIn,
    User,
    db,
)
from models.ids import new_id
from tests.app.reviews.held import case, held, hold
from tests.card_testing import guard
from tests.people import make_user

CARD = "4242 4242 4242 4242"
NUL = "a\0b"
WARNED_CARD = "pm_card_createIssuerFraudRecord"


@pytest.fixture
def other(till):
    """Another merchant."""
    row = Merchant(id=new_id("mer"), name="Other & Sons")
    with db.transaction():
        db.insert(row)
    return row


def rule(merchant_id, **more):
    row = RiskRule(id=new_id("rul"), merchant_id=merchant_id, text="block if :score: > 7", author="x", **more)  # fmt: skip
    with db.transaction():
        db.insert(row)
    return row


def held_for(merchant, till):
    """A case of this merchant's, from the same address."""
    paid = till.pay(capture="manual")
    with db.transaction():
        db.update(paid, merchant_id=merchant.id)
    return hold(paid.id, keys={"ip_key": "ip1"})


def count(table):
    return db.session().scalar(select(func.count()).select_from(table))


# Another merchant's people


@pytest.fixture
def theirs(till, application: Flask):
    """Name in a path → the id of something of the test's merchant."""
    till.pay(WARNED_CARD)
    till.world.sandbox.timers.run_due(within_s=10)
    warnings.catch_up()
    review = held(till)
    line = notes.attach(review.id, "proof.txt", b"x", by="usr_a", scope=None)
    owner = make_user("analyst", merchant_id=till.merchant.id)
    item = ListItem(id=new_id("itm"), merchant_id=till.merchant.id, list="blocked", type="email", value="z@example.com", added_by="x")  # fmt: skip
    view = SavedView(id=new_id("view"), user_id=owner.id, name="Mine", query="", is_shared=True)
    policy = RiskPolicy(id=new_id("pol"), merchant_id=till.merchant.id, settings={}, author="x")
    with db.transaction():
        db.insert(item, view, policy)
        session_token = signins.begin(owner, ip="127.0.0.1", user_agent="a test")
    return {
        "review_id": review.id, "note_id": line.id, "item_id": item.id, "view_id": view.id,
        "policy_id": policy.id, "rule_id": rule(till.merchant.id, state="proposed").id,
        "warning_id": db.session().scalars(select(FraudWarning.id)).one(), "user_id": owner.id,
        "sign_in_id": signins.digest(session_token), "model_id": new_id("mdl"), "identity": "email",
        "name": "blocked",
    }  # fmt: skip


def test_whatever_id_stands_in_an_address_it_opens_nothing_of_another_merchants(
    application: Flask, theirs, other, staffer
) -> None:
    eve = staffer("analyst", merchant_id=other.id)
    kept = (ReviewNote, ListItem, SavedView, RiskPolicy, RiskRule)
    before, opened = [count(table) for table in kept], []
    form = {
        "choice": "approve:false_positive", "case": theirs["review_id"], "text": "x", "left": "1999", "sure": "yes",
        "state": "live", "list": "allowed", "type": "email", "days": "7", "hours": "1", "why": "x", "reason": "x",
    }  # fmt: skip
    for found in application.url_map.iter_rules():
        ids = {name for name in found.arguments if name.endswith("_id")}
        if not ids or not hasattr(application.view_functions[found.endpoint], "permission"):
            continue
        with application.test_request_context():
            path = found.build({name: theirs[name] for name in found.arguments})[1]
        answer = eve.post(path, form) if "POST" in found.methods else eve.get(path)
        is_own_page = found.endpoint == "account.end_session"  # which says that it is over already
        if answer.status_code not in {403, 404} and not is_own_page:
            opened.append((path, answer.status_code))
    assert opened == []
    assert [count(table) for table in kept] == before
    assert db.session().scalars(select(ListItem.removed_at)).one() is None
    assert case(theirs["review_id"]).lock_by is None
    assert db.session().get(signins.SignIn, theirs["sign_in_id"]) is not None


def test_in_a_bulk_verdict_another_merchants_case_is_no_part_of_the_attack(till, staffer, other):
    theirs, own = held(till, keys={"ip_key": "ip1"}), held_for(other, till)
    eve = staffer("analyst", merchant_id=other.id)
    form = {"choice": "decline:unsure", "reason": "one attack", "case": [theirs.id, own.id]}
    eve.post(f"/review/{own.id}/cluster/ip", form)
    assert (case(theirs.id).verdict, case(own.id).verdict) == (None, "decline")
    eve.post(f"/review/{own.id}/cluster/ip/undo", {"case": [theirs.id]})
    assert theirs.id not in eve.get("/review").text


def test_an_identitys_tries_at_other_merchants_are_not_counted_out_to_one(till, staffer, other):
    held(till, keys={"ip_key": "ip1"})
    path = f"/review/{held_for(other, till).id}"
    assert "2 in 24 h" in staffer("analyst").get(path).text
    assert "2 in 24 h" not in staffer("analyst", merchant_id=other.id).get(path).text


def test_what_everybodys_rule_would_have_done_is_not_for_one_merchants_people(
    till, staffer, other
) -> None:
    money = {"EUR": {"saved": 123_456, "lost": 0, "expected": 0}}
    sample = [{"attempt": new_id("att"), "currency": "EUR", "amount_minor": 98_765, "score": 7, "before": "allow", "after": "block", "fate": "good"}]  # fmt: skip
    seen = {
        "warnings": [], "seen": 9, "of": 9, "days": 30, "at": "2026-11-21T12:00:00Z", "matches": 9, "changed": 9,
        "fraud_caught": 1, "good_hit": 8, "money": money, "sample": sample, "moment": "before",
    }  # fmt: skip
    common = rule(None, state="live", backtest=seen)
    path = f"/risk/rules/{common.id}"
    assert "€1,234.56" in staffer("analyst").get(f"{path}?merchant=").text
    bound = staffer("analyst", merchant_id=other.id).get(path)
    assert bound.status_code == 200
    for told in ("€1,234.56", "€987.65", sample[0]["attempt"]):
        assert told not in bound.text


def test_a_refused_refund_shows_no_warnings_to_who_may_only_refund(till, theirs, staffer) -> None:
    path = f"/risk/warnings/{theirs['warning_id']}/refund"
    dilek = staffer("merchant", merchant_id=till.merchant.id)
    refused = dilek.post(path, {"left": "1"})
    assert refused.status_code == 409
    assert "Not authorized by the holder" not in refused.text
    assert dilek.post(path, {"left": "1999"}).location == "/staff"


# Other sites' pages


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_form_of_another_site_is_refused_even_with_a_token(till, staffer, site) -> None:
    ada, found = staffer("analyst"), held(till)
    path = f"/review/{found.id}/take"
    assert ada.post(path, **{"Sec-Fetch-Site": site}).status_code == 403
    assert case(found.id).lock_by is None
    assert ada.post(path, **{"Sec-Fetch-Site": "same-origin"}).status_code == 303
    assert case(found.id).lock_by == ada.user.id


# What is typed

# where → the field
TYPED = """
/review/views               name
/review/{id}/comment        text
/review/{id}/escalate       why
/review/{id}/decide         reason
/review/{id}/cluster/email  reason
"""


@pytest.mark.parametrize("line", TYPED.strip().splitlines())
@pytest.mark.parametrize("typed", [NUL, CARD])
def test_no_card_number_and_no_invisible_sign_is_kept_of_a_case(till, staffer, line, typed) -> None:
    path, field = line.split()
    ada, found = staffer("analyst"), held(till)
    before = count(ReviewNote)
    form = {"choice": "decline:unsure", "view": "", field: typed}
    answer = ada.post(path.format(id=found.id), form)
    assert answer.status_code == (303 if "views" in path else 422), answer.text
    assert (count(ReviewNote), count(SavedView)) == (before, 0)
    assert case(found.id).verdict is None


def test_a_saved_filter_holds_no_card_number(till, staffer) -> None:
    staffer("analyst").post("/review/views", {"name": "Any", "view": f"q={CARD}"})
    assert count(SavedView) == 0


def test_a_case_is_assigned_to_ids_only(till, staffer) -> None:
    answer = staffer("analyst").post(f"/review/{held(till).id}/assign", {"to": NUL})
    assert answer.status_code == 422


@pytest.mark.parametrize("wrong", [{"name": CARD}, {"email": "4242424242424242@till.example"}])
def test_nobody_is_called_by_a_card_number(till, staffer, wrong) -> None:
    admin = staffer("admin")
    form = {"name": "Bea", "email": "bea@till.example", "role": "analyst"} | wrong
    assert admin.post("/users", form).status_code == 422
    assert count(User) == 1


def test_no_card_number_is_kept_of_what_a_browser_calls_itself(till, shopper, visitor) -> None:
    said = f"Browser {CARD}"
    session = till.session()
    shopper.open(session)
    body = {"amount": 1999, "confirmation_token": till.confirmation_token("ok")}
    shopper.client.environ_base["HTTP_USER_AGENT"] = said
    assert shopper.post(session, "pay/stripe", body).status_code == 200
    kept = db.session().scalars(select(Assessment.facts)).first()
    assert kept["user_agent"] == "Browser [card number removed]"
    user = make_user("analyst")
    visitor.client.environ_base["HTTP_USER_AGENT"] = said
    assert visitor.sign_in(user.email).status_code == 303
    [signed_in] = db.session().scalars(select(SignIn.user_agent))
    assert signed_in == "Browser [card number removed]"


# Shoppers


def test_whom_the_merchant_knows_is_nobody_else_by_typing_another_address(till, shopper) -> None:
    with db.transaction():
        db.insert(ListItem(id=new_id("itm"), merchant_id=till.merchant.id, list="blocked", type="email", value="eve@example.com", added_by="x"))  # fmt: skip
    force.forget()
    session = till.session(shopper={"email": "Eve@example.com"})
    shopper.open(session)
    body = {"amount": 1999, "confirmation_token": till.confirmation_token("ok")}
    paid = shopper.post(session, "pay/stripe", {**body, "email": "else@example.com"})
    assert paid.json["status"] == "failed"
    assert paid.json["decline"]["code"] == "generic_decline"


# Who asks without end


def test_a_page_that_waits_asks_the_provider_only_so_often(till, shopper) -> None:
    guard(till)
    session = till.session()
    shopper.open(session)
    challenged = till.confirmation_token("pm_card_authenticationRequired")
    paid = shopper.post(session, "pay/stripe", {"amount": 1999, "confirmation_token": challenged})
    assert paid.json["status"] == "requires_action"
    before = till.world.gate.count("GET /stripe/v1/payment_intents/.*")
    for path in ("/status", "") * 40:
        answer = shopper.client.get(f"/c/{session.id}{path}")
        assert answer.status_code == 200
    assert till.world.gate.count("GET /stripe/v1/payment_intents/.*") == before + gate.LOOKS.most


# What Redis holds


def test_no_name_in_redis_tells_who_visited_what(till, application: Flask, redis_url) -> None:
    client = redis_client.Redis.from_url(redis_url, decode_responses=True)
    client.flushdb()
    history.configure(redis_url)
    try:
        session = till.session()
        command = commands.CreateLink(title="Cup", amount=1999, currency="EUR")
        payments.create_link(command, merchant_id=till.merchant.id, once=till.once())
        link = till.told[-1]
        for address in ("81.2.69.142", "10.1.2.3", "2a02:2e0::1"):
            visitor = {"REMOTE_ADDR": address}
            application.test_client().get(f"/l/{link.id}", environ_overrides=visitor)
        application.test_client().get(f"/c/{session.id}/return")
        names = " ".join(client.scan_iter("*"))
    finally:
        history.configure("")
        client.flushdb()
        client.close()
    assert "till:p:visits:" in names
    assert "till:p:page:" in names
    for told in ("81.2.69", "10.1.2", "2a02", session.id):
        assert told not in names

"""What is kept for customers, when it changes under a merchant's hands: agreed to anew, gone at Stripe, raced for."""

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest
from sqlalchemy import select

from app.customers import kept, records
from app.providers.base import CUSTOMER_GONE, Refused
from models import CustomerGatewayToken, Mandate, SavedMethod, db
from tests.api.conftest import Api, code
from tests.api.test_customers import CONSENT, charge, customer, save, saved

STRIPE_LETS_GO = "POST /stripe/v1/payment_methods/[^/]+/detach"


def at_stripe(api: Api, who: str) -> str:
    asked = select(CustomerGatewayToken.provider_ref).where(CustomerGatewayToken.customer_id == who)
    return str(db.session().scalars(asked).one())


def method_of(method_id: str) -> SavedMethod:
    """Its session is opened when the requests that made it are over: each ends the session of this thread."""
    return db.session().get_one(SavedMethod, method_id)


def mandates() -> list[Mandate]:
    asked = select(Mandate).order_by(Mandate.id).execution_options(populate_existing=True)
    return list(db.session().scalars(asked))


def test_newer_words_take_the_place_of_older_ones(api: Api) -> None:
    who = customer(api)
    first = save(api, who, consent={**CONSENT, "off_session": False}).json
    method = db.session().get_one(SavedMethod, first["saved_method"])
    assert code(charge(api, method.id)) == "422 mandate_missing"
    again = save(api, who, method.credential).json
    assert again["saved_method"] == method.id
    assert [(row.source, row.status) for row in mandates()] == [
        (first["id"], "revoked"),
        (again["id"], "active"),
    ]
    seen = api.get(f"/v1/customers/{who}/saved_methods/{method.id}").json
    assert seen["mandate"] == mandates()[-1].id
    assert charge(api, method.id).json["status"] == "captured"
    api.get(f"/v1/setups/{first['id']}")
    assert len(mandates()) == 2


def test_who_agrees_anew_locks_the_customer_before_the_method_as_who_deletes_them(
    api: Api, caplog: pytest.LogCaptureFixture
) -> None:
    who = customer(api)
    method = method_of(saved(api, who))
    with caplog.at_level("INFO", "sqlalchemy.engine.Engine"):
        save(api, who, method.credential)
    by_id = r"FROM (customers|saved_methods) \s*WHERE \1\.id = "
    read = [re.search(by_id, statement) for statement in caplog.messages]
    # What is looked up before comes first; the locks are taken last.
    assert [found[1] for found in read if found][-2:] == ["customers", "saved_methods"]


def test_what_was_let_go_is_not_agreed_to_anew(api: Api) -> None:
    who = customer(api)
    kept = saved(api, who)
    method = db.session().get_one(SavedMethod, kept)
    with api.till.world.gate.spoil(STRIPE_LETS_GO, "503"):
        api.call("DELETE", f"/v1/customers/{who}/saved_methods/{method.id}")
    save(api, who, method.credential)
    assert [row.status for row in mandates()] == ["revoked"]
    assert code(charge(api, method.id)) == "404 not_found"


def test_a_customer_deleted_at_stripe_is_made_anew_there(api: Api) -> None:
    who = customer(api)
    method, before = saved(api, who), at_stripe(api, who)
    api.till.stripe("DELETE", f"customers/{before}")
    failed = charge(api, method).json
    assert (failed["status"], failed["amount_captured"]) == ("failed", 0)
    assert code(charge(api, method)) == "404 not_found"
    assert api.get(f"/v1/customers/{who}/saved_methods").json["data"] == []
    second = saved(api, who)
    assert at_stripe(api, who) != before
    assert charge(api, second).json["status"] == "captured"
    api.till.stripe("DELETE", f"customers/{at_stripe(api, who)}")
    assert save(api, who).json["status"] == "failed"
    assert charge(api, saved(api, who)).json["status"] == "captured"


def test_a_charge_is_told_again_after_its_method_was_let_go(api: Api) -> None:
    """Who lost the answer and hears of no charge would have the customer pay once more."""
    who = customer(api)
    method = saved(api, who)
    first = charge(api, method, once="renewal-7")
    assert first.json["status"] == "captured"
    api.call("DELETE", f"/v1/customers/{who}")
    again = charge(api, method, once="renewal-7")
    assert (again.status_code, again.data) == (201, first.data)
    other = charge(api, method, amount=500, once="renewal-7")
    assert code(other) == "422 idempotency_key_reused"
    assert code(charge(api, method)) == "404 not_found"


def test_a_name_changed_between_two_tries_makes_the_customer_at_stripe_all_the_same(
    api: Api,
) -> None:
    who = customer(api)
    with api.till.world.gate.spoil("POST /stripe/v1/customers", "drop"):
        assert code(save(api, who)) == "503 provider_unavailable"
    api.call("PATCH", f"/v1/customers/{who}", json={"name": "Ada King"})
    assert save(api, who).json["status"] == "succeeded"


def test_a_provider_that_keeps_nothing_says_so_before_anything_is_written(api: Api) -> None:
    who = customer(api)
    answer = save(api, who, provider="razorpay", payment_method=None)
    assert code(answer) == "422 method_not_available"
    assert answer.json["error"]["field"] == "provider"


def test_two_who_take_one_reference_at_once(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    both = threading.Barrier(2)
    look = records._is_taken

    def then_the_other(*args: Any) -> bool:
        found = look(*args)
        with suppress(threading.BrokenBarrierError):  # on SQLite the other one has to wait
            both.wait(1)
        return found

    monkeypatch.setattr(records, "_is_taken", then_the_other)
    paths = [f"/v1/customers/{customer(api)}" for _ in range(2)]

    def take(path: str) -> int:
        return api.call("PATCH", path, json={"reference": "user-9"}).status_code

    with ThreadPoolExecutor(2) as pool:
        statuses = list(pool.map(take, paths))
    assert sorted(statuses) == [200, 409]


def asked_while_silent(api: Api, methods: int) -> int:
    """How often Stripe, which says nothing, is asked to forget when a customer with so many methods is deleted."""
    who, gate = customer(api), api.till.world.gate
    for _ in range(methods):
        saved(api, who)
    before = gate.count(STRIPE_LETS_GO)
    with gate.spoil(STRIPE_LETS_GO, "503"):
        assert api.call("DELETE", f"/v1/customers/{who}").status_code == 200
    return gate.count(STRIPE_LETS_GO) - before


def test_a_silent_provider_is_not_waited_for_once_per_method(api: Api) -> None:
    assert asked_while_silent(api, 3) == asked_while_silent(api, 1)
    api.till.later(minutes=11)
    api.till.settle()
    rows = db.session().scalars(select(SavedMethod).execution_options(populate_existing=True))
    assert [(row.status, row.check_at) for row in rows] == [("detached", None)] * 4


def test_what_another_account_keeps_is_not_held_to_be_forgotten(api: Api) -> None:
    who = customer(api)
    kept = saved(api, who)
    method = db.session().get_one(SavedMethod, kept)
    with db.transaction():
        db.update(method, account="acct_before")
    api.call("DELETE", f"/v1/customers/{who}/saved_methods/{kept}")
    row = db.session().get_one(SavedMethod, kept, populate_existing=True)
    assert (row.status, row.check_at is None) == ("detached", False)
    with db.transaction():
        db.update(row, account=account(who))
    api.till.later(minutes=11)
    api.till.settle()
    row = db.session().get_one(SavedMethod, kept, populate_existing=True)
    assert row.check_at is None


def test_what_another_account_keeps_is_not_held_to_be_gone(api: Api) -> None:
    who = customer(api)
    method = method_of(saved(api, who))
    [token] = db.session().scalars(select(CustomerGatewayToken))
    api.till.stripe("POST", f"payment_methods/{method.credential}/detach")
    with db.transaction():
        db.update(method, account="acct_before")
        db.update(token, account="acct_before")
    assert kept.refresh("stripe", method.credential) is False
    gone = Refused("no such customer", code=CUSTOMER_GONE)
    kept.heed(gone, "stripe", "acct_before", token.provider_ref)
    row = db.session().get_one(SavedMethod, method.id, populate_existing=True)
    assert (row.status, at_stripe(api, who)) == ("active", token.provider_ref)


def account(who: str) -> str:
    """The account that the keys open."""
    asked = select(CustomerGatewayToken.account).where(CustomerGatewayToken.customer_id == who)
    return str(db.session().scalars(asked).one())

"""Customers and their kept methods, as a merchant's server sees them."""

from typing import Any

import pytest
import requests

from app import customers
from app.errors import PaymentNotOpen
from models import CheckoutSession, SavedMethod, Setup, db
from tests.api.conftest import Api, code
from tests.app.providers.paypal_driver import PayPalDriver

WORDS = "I allow Till's tests to charge this card for my subscription."
CONSENT = {"text": WORDS, "off_session": True, "language": "en", "ip_address": "192.0.2.7"}
NOBODY = f"cus_{'0' * 26}"
BACK = "https://shop.example/account"


def customer(api: Api, **more: Any) -> str:
    told = {"email": "ada@example.com", "name": "Ada", **more}
    answer = api.post("/v1/customers", told)
    assert answer.status_code == 201, answer.text
    return str(answer.json["id"])


def save(api: Api, customer_id: str, card: str = "pm_card_visa", **more: Any) -> Any:
    body = {"provider": "stripe", "payment_method": card, "return_url": BACK, "consent": CONSENT}
    return api.post(f"/v1/customers/{customer_id}/saved_methods", {**body, **more})


def saved(api: Api, customer_id: str, card: str = "pm_card_visa") -> str:
    answer = save(api, customer_id, card).json
    assert answer["status"] == "succeeded", answer
    return str(answer["saved_method"])


def charge(api: Api, method: str, *, once: str | None = None, **more: Any) -> Any:
    body = {"saved_method": method, "off_session": True, "amount": 1999, "currency": "EUR"}
    return api.post("/v1/payments", {**body, **more}, once=once)


def test_a_customer_is_made_seen_changed_listed_and_deleted(api: Api) -> None:
    made = customer(api, reference="user-77", metadata={"plan": "gold"})
    seen = api.get(f"/v1/customers/{made}").json
    assert (seen["email"], seen["reference"]) == ("ada@example.com", "user-77")
    changed = api.call("PATCH", f"/v1/customers/{made}", json={"name": None, "language": "de"}).json
    assert (changed["name"], changed["language"], changed["email"]) == (
        None,
        "de",
        "ada@example.com",
    )
    listed = api.get("/v1/customers?reference=user-77").json["data"]
    assert [row["id"] for row in listed] == [made]
    assert api.get("/v1/customers?email=nobody@example.com").json["data"] == []
    assert api.call("DELETE", f"/v1/customers/{made}").json == {"id": made, "deleted": True}
    assert code(api.get(f"/v1/customers/{made}")) == "404 not_found"
    assert code(api.call("DELETE", f"/v1/customers/{made}")) == "404 not_found"
    assert customer(api, reference="user-77") != made  # the name is free again


def test_a_reference_belongs_to_one_customer(api: Api) -> None:
    first = customer(api, reference="user-1")
    assert code(api.post("/v1/customers", {"reference": "user-1"})) == "409 customer_exists"
    second = customer(api, reference="user-2")
    taken = api.call("PATCH", f"/v1/customers/{second}", json={"reference": "user-1"})
    assert code(taken) == "409 customer_exists"
    assert (
        api.call("PATCH", f"/v1/customers/{first}", json={"reference": "user-1"}).status_code == 200
    )


def test_the_same_key_makes_one_customer(api: Api) -> None:
    first = api.post("/v1/customers", {"name": "Ada"}, once="c-1")
    again = api.post("/v1/customers", {"name": "Ada"}, once="c-1")
    assert again.data == first.data
    assert len(api.get("/v1/customers").json["data"]) == 1


def test_a_method_is_kept_and_charged_while_nobody_is_there(api: Api) -> None:
    who = customer(api)
    method = saved(api, who)
    [listed] = api.get(f"/v1/customers/{who}/saved_methods").json["data"]
    assert (listed["id"], listed["method"]["brand"], listed["method"]["last4"]) == (
        method,
        "visa",
        "4242",
    )
    assert listed["expired"] is False
    paid = charge(api, method).json
    assert (paid["status"], paid["customer"], paid["saved_method"]) == ("captured", who, method)
    assert paid["off_session"] is True
    again = charge(api, method, amount=500).json
    assert again["status"] == "captured"


def test_what_is_kept_needs_consent(api: Api) -> None:
    who = customer(api)
    assert code(save(api, who, consent=None)) == "422 consent_missing"
    assert api.get(f"/v1/customers/{who}/saved_methods").json["data"] == []


def test_a_charge_off_session_needs_a_mandate_for_it(api: Api) -> None:
    who = customer(api)
    answer = save(api, who, consent={**CONSENT, "off_session": False}).json
    assert code(charge(api, answer["saved_method"])) == "422 mandate_missing"
    assert api.get("/v1/payments").json["data"] == []


def test_a_declining_card_is_not_kept(api: Api) -> None:
    answer = save(api, customer(api), "pm_card_visa_chargeDeclined").json
    assert (answer["status"], answer["saved_method"]) == ("failed", None)
    assert answer["decline"]["code"] == "generic_decline"


def test_who_must_prove_themselves_is_sent_to_a_page(api: Api) -> None:
    who = customer(api)
    asked = save(api, who, "pm_card_authenticationRequired").json
    assert asked["status"] == "requires_action"
    assert asked["next_action"]["client_secret"] or asked["next_action"]["url"]
    assert api.get(f"/v1/setups/{asked['id']}").json["status"] == "requires_action"
    assert api.get(f"/v1/customers/{who}/saved_methods").json["data"] == []


def proven(api: Api, customer_id: str, card: str, answer: str = "pass") -> Any:
    """Save a card whose bank asks, and answer the bank; the setup as it stands then."""
    asked = save(api, customer_id, card).json
    reference = db.session().get_one(Setup, asked["id"]).provider_ref
    intent = api.till.stripe("GET", f"setup_intents/{reference}")
    api.till.answer_challenge(intent["next_action"], answer)
    return api.get(f"/v1/setups/{asked['id']}").json


def test_a_card_whose_bank_asked_is_kept_once_the_bank_is_content(api: Api) -> None:
    who = customer(api)
    assert proven(api, who, "pm_card_authenticationRequiredOnSetup")["status"] == "succeeded"
    refused = proven(api, who, "pm_card_authenticationRequiredOnSetup", "fail")
    assert (refused["status"], refused["decline"]["code"]) == ("failed", "authentication_failed")
    [kept] = api.get(f"/v1/customers/{who}/saved_methods").json["data"]
    assert charge(api, kept["id"]).json["status"] == "captured"


def test_the_bank_wants_to_see_the_customer_and_they_get_a_page_of_their_own(api: Api) -> None:
    who = customer(api)
    method = proven(api, who, "pm_card_authenticationRequired")["saved_method"]
    failed = charge(api, method, metadata={"order": "9"}).json
    assert (failed["status"], failed["decline"]["code"]) == ("failed", "authentication_required")
    session_id = failed["recovery_url"].rpartition("/")[2]
    page = api.get(f"/v1/checkout_sessions/{session_id}").json
    assert (page["amount"], page["status"], page["customer"]) == (1999, "open", who)
    assert page["metadata"] == {"order": "9", "recovers": failed["id"]}
    assert api.get(f"/v1/payments/{failed['id']}").json["recovery_url"] == failed["recovery_url"]


def test_a_method_that_was_let_go_cannot_be_charged(api: Api) -> None:
    who = customer(api)
    method = saved(api, who)
    gone = api.call("DELETE", f"/v1/customers/{who}/saved_methods/{method}").json
    assert gone["status"] == "detached"
    assert api.call("DELETE", f"/v1/customers/{who}/saved_methods/{method}").json == gone
    assert api.get(f"/v1/customers/{who}/saved_methods").json["data"] == []
    assert code(charge(api, method)) == "404 not_found"
    kept_there = db.session().get_one(SavedMethod, method).credential
    assert api.till.stripe("GET", f"payment_methods/{kept_there}")["customer"] is None


def test_deleting_a_customer_lets_every_method_go(api: Api) -> None:
    who = customer(api)
    method = saved(api, who)
    api.call("DELETE", f"/v1/customers/{who}")
    assert code(charge(api, method)) == "404 not_found"
    row = db.session().get_one(SavedMethod, method, populate_existing=True)
    assert (row.status, row.check_at) == ("detached", None)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", f"/v1/customers/{NOBODY}", None),
        ("GET", "/v1/customers/cus_nonsense", None),
        ("PATCH", f"/v1/customers/{NOBODY}", {}),
        ("DELETE", f"/v1/customers/{NOBODY}", None),
        ("GET", f"/v1/customers/{NOBODY}/saved_methods", None),
        ("GET", f"/v1/setups/set_{'0' * 26}", None),
    ],
)
def test_what_is_not_there(api: Api, method: str, path: str, body: Any) -> None:
    more = {} if body is None else {"json": body}
    assert code(api.call(method, path, **more)) == "404 not_found"


def test_another_merchants_customer_and_method_do_not_exist(api: Api) -> None:
    stranger = api.rival()
    who = customer(api)
    method = saved(api, who)
    for path in (f"/v1/customers/{who}", f"/v1/customers/{who}/saved_methods/{method}"):
        assert code(stranger.get(path)) == "404 not_found"
        assert code(stranger.call("DELETE", path)) == "404 not_found"
    assert code(charge(stranger, method)) == "404 not_found"
    own = customer(stranger)
    theirs = f"/v1/customers/{own}/saved_methods/{method}"
    assert code(stranger.get(theirs)) == "404 not_found"
    assert code(save(stranger, who)) == "404 not_found"
    opened = {"currency": "EUR", "amount": 100, "customer": who}
    assert code(stranger.post("/v1/checkout_sessions", opened)) == "404 not_found"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"token": "tok_x" * 3}, "422 invalid_value"),
        ({"saved_method": None}, "422 invalid_value"),
        ({"saved_method": "sm_nothing_like_it"}, "404 not_found"),
        ({"amount": 0}, "422 amount_invalid"),
        ({"currency": "XXX"}, "422 currency_unknown"),
    ],
    ids=["two sources", "no source", "no such method", "no amount", "no currency"],
)
def test_a_charge_that_cannot_be(api: Api, change: dict[str, Any], expected: str) -> None:
    method = saved(api, customer(api))
    answer = charge(api, method, **change)
    assert code(answer).split()[0] == expected.split(maxsplit=1)[0], answer.text
    assert api.get("/v1/payments").json["data"] == []


def test_so_many_methods_are_tried_in_an_hour_and_no_more(api: Api) -> None:
    who = customer(api)
    answers = [save(api, who, "pm_card_visa_chargeDeclined").status_code for _ in range(11)]
    assert answers == [201] * 10 + [429]


def save_paypal(api: Api, customer_id: str, funding: str = "balance") -> str:
    """Keep a PayPal account; the customer approves it at PayPal."""
    body = {"provider": "paypal", "return_url": BACK, "consent": CONSENT}
    asked = api.post(f"/v1/customers/{customer_id}/saved_methods", body).json
    assert (asked["status"], asked["saved_method"]) == ("requires_action", None), asked
    form = {"decision": "save", "funding": funding}
    page = asked["next_action"]["url"]
    requests.post(page, data=form, timeout=10, allow_redirects=False).raise_for_status()
    done = api.get(f"/v1/setups/{asked['id']}").json
    assert done["status"] == "succeeded", done
    return str(done["saved_method"])


def test_a_paypal_account_is_kept_charged_while_nobody_is_there_and_let_go(api: Api) -> None:
    who = customer(api)
    method = save_paypal(api, who)
    [listed] = api.get(f"/v1/customers/{who}/saved_methods").json["data"]
    told = listed["method"]
    assert (told["type"], told["email"]) == ("paypal", "ada.marlowe@buyer.example")
    paid = charge(api, method).json
    assert (paid["status"], paid["saved_method"], paid["off_session"]) == ("captured", method, True)
    second = save_paypal(api, who, "fades")
    refused = charge(api, second).json
    assert (refused["status"], refused["decline"]["code"]) == ("failed", "instrument_declined")
    assert api.call("DELETE", f"/v1/customers/{who}/saved_methods/{method}").status_code == 200
    assert code(charge(api, method)) == "404 not_found"
    kept_there = db.session().get_one(SavedMethod, method).credential
    assert PayPalDriver(api.till.world).provider.fetch_kept(kept_there) is None


def test_a_recovery_page_is_paid_once_and_ends_after_a_week(api: Api) -> None:
    who = customer(api)
    method = proven(api, who, "pm_card_authenticationRequired")["saved_method"]
    first, second = (charge(api, method).json["recovery_url"] for _ in range(2))
    page = db.session().get_one(CheckoutSession, first.rpartition("/")[2])
    paid = api.till.confirm(page)
    assert (paid.status, paid.customer_id) == ("captured", who)
    assert paid.saved_method_id is None  # but with another card
    assert api.client().get(f"/c/{page.id}").status_code == 200  # its receipt, not a form
    assert 'id="pay"' not in api.client().get(f"/c/{page.id}").text
    with pytest.raises(PaymentNotOpen):
        api.till.confirm(page)
    assert api.till.payment(page.payment_id).captured_minor == 1999
    api.till.later(days=7, seconds=1)
    over = api.client().get(f"/c/{second.rpartition('/')[2]}")
    assert over.status_code == 410


def test_what_a_network_changes_is_learned(api: Api) -> None:
    who = customer(api)
    method = saved(api, who)
    known = db.session().get_one(SavedMethod, method).credential
    change = {"exp_month": 1, "exp_year": 2020, "last4": "1881"}
    told = requests.post(
        f"{api.till.world.url}/stripe/sandbox/payment_methods/{known}/update",
        json=change,
        timeout=10,
    )
    assert told.status_code == 200, told.text
    assert customers.refresh("stripe", known) is True
    seen = api.get(f"/v1/customers/{who}/saved_methods/{method}").json
    assert (seen["method"]["exp_year"], seen["expired"]) == (2020, True)
    assert customers.refresh("stripe", "pm_nobodys") is False
    api.till.stripe("POST", f"payment_methods/{known}/detach")
    assert customers.refresh("stripe", known) is True
    assert code(charge(api, method)) == "404 not_found"

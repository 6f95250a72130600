"""SetupIntents: a method is made ready for later, and no money moves."""

import pytest
import requests
import stripe

from tests.sandbox.conftest import RETURN_URL
from tests.sandbox.test_stripe_methods import debit_token, token


def set_up(side, **params):
    base = {"confirm": True, "return_url": RETURN_URL}
    if "confirmation_token" not in params:
        base["payment_method"] = "pm_card_visa"
    return side.client.v1.setup_intents.create({**base, **params})


@pytest.fixture
def owner(side):
    return side.client.v1.customers.create({"email": "jenny@example.com"})


def test_a_plain_card_is_kept_for_its_customer(side, owner):
    intent = set_up(side, customer=owner.id, metadata={"a": "1"}, expand=["latest_attempt"])
    assert (intent.status, intent.usage, intent.mandate) == ("succeeded", "off_session", None)
    assert intent.latest_attempt.status == "succeeded"
    assert side.client.v1.payment_methods.retrieve(intent.payment_method).customer == owner.id
    paid = side.pay(customer=owner.id, payment_method=intent.payment_method, off_session=True)
    assert paid.status == "succeeded"
    side.deliver()
    assert side.mailbox.of(intent.id) == ["setup_intent.created", "setup_intent.succeeded"]
    assert side.mailbox.of(intent.payment_method) == ["payment_method.attached"]
    attempts = side.client.v1.setup_attempts.list({"setup_intent": intent.id}).data
    assert [one.id for one in attempts] == [intent.latest_attempt.id]


def test_without_a_customer_the_method_can_be_attached_afterwards(side, owner):
    kept = set_up(side).payment_method
    method = side.client.v1.payment_methods.attach(kept, {"customer": owner.id})
    assert method.customer == owner.id


def test_create_then_confirm_and_find_again(side, owner):
    setups = side.client.v1.setup_intents
    made = setups.create({"customer": owner.id, "usage": "on_session"})
    assert (made.status, made.payment_method_types) == (
        "requires_payment_method",
        ["card", "sepa_debit", "ideal", "upi"],
    )
    made = setups.update(made.id, {"payment_method": "pm_card_visa", "description": "Tea"})
    assert (made.status, made.description) == ("requires_confirmation", "Tea")
    assert setups.confirm(made.id).status == "succeeded"
    assert [one.id for one in setups.list({"customer": owner.id}).data] == [made.id]
    with pytest.raises(stripe.InvalidRequestError) as refused:
        setups.cancel(made.id)
    assert refused.value.code == "setup_intent_unexpected_state"
    other = setups.create({})
    assert setups.cancel(other.id, {"cancellation_reason": "abandoned"}).status == "canceled"


@pytest.mark.parametrize(("answer", "end"), [("pass", "succeeded"), ("fail", "failed")])
def test_the_bank_asks(side, owner, answer, end):
    card = "pm_card_authenticationRequiredOnSetup"
    intent = set_up(side, customer=owner.id, payment_method=card)
    assert intent.status == "requires_action"
    url = intent.next_action.redirect_to_url.url
    assert "nothing now" in requests.get(url, timeout=10).text
    back = requests.post(url, data={"answer": answer}, timeout=10, allow_redirects=False)
    assert f"setup_intent={intent.id}&setup_intent_client_secret=" in back.headers["Location"]
    after = side.client.v1.setup_intents.retrieve(intent.id)
    if end == "failed":
        assert after.status == "requires_payment_method"
        assert after.last_setup_error.code == "setup_intent_authentication_failure"
        return
    assert after.status == "succeeded"
    paid = side.pay(customer=owner.id, payment_method=after.payment_method, off_session=True)
    assert paid.status == "succeeded"


def test_a_card_that_declines_is_not_kept(side, owner):
    with pytest.raises(stripe.CardError) as refused:
        set_up(side, customer=owner.id, payment_method="pm_card_visa_chargeDeclined")
    intent = side.client.v1.setup_intents.retrieve(refused.value.error.setup_intent.id)
    assert (intent.status, intent.last_setup_error.code) == (
        "requires_payment_method",
        "card_declined",
    )
    side.deliver()
    assert side.mailbox.of(intent.id)[-1] == "setup_intent.setup_failed"


def test_a_direct_debit_is_kept_with_its_mandate(side, owner):
    intent = set_up(side, customer=owner.id, confirmation_token=debit_token(side)["id"])
    assert intent.status == "succeeded"
    mandate = side.client.v1.mandates.retrieve(intent.mandate)
    assert (mandate.type, mandate.status) == ("multi_use", "active")
    params = {"customer": owner.id, "payment_method": intent.payment_method, "currency": "eur"}
    paid = side.pay(off_session=True, mandate=intent.mandate, **params)
    assert paid.status == "processing"
    with pytest.raises(stripe.InvalidRequestError) as refused:
        side.pay(mandate="mandate_none", **params)
    assert refused.value.code == "resource_missing"


def test_ideal_and_upi_are_approved_elsewhere(side, owner):
    intent = set_up(side, customer=owner.id, confirmation_token=token(side, "ideal")["id"])
    requests.post(
        intent.next_action.redirect_to_url.url,
        data={"answer": "pass"},
        timeout=10,
        allow_redirects=False,
    )
    after = side.client.v1.setup_intents.retrieve(intent.id, {"expand": ["latest_attempt"]})
    assert after.status == "succeeded"
    generated = after.latest_attempt.payment_method_details.ideal.generated_sepa_debit
    assert side.client.v1.payment_methods.retrieve(generated).customer == owner.id
    intent = set_up(side, customer=owner.id, confirmation_token=token(side, "upi")["id"])
    page = intent.next_action.upi_handle_redirect_or_display_qr_code.hosted_instructions_url
    requests.post(page, data={"answer": "pass"}, timeout=10, allow_redirects=False)
    after = side.client.v1.setup_intents.retrieve(intent.id)
    assert after.status == "succeeded"
    assert side.client.v1.mandates.retrieve(after.mandate).payment_method_details.type == "upi"


def test_a_browser_confirms_with_its_secret_and_sees_little(side, owner):
    made = side.client.v1.setup_intents.create({"customer": owner.id})
    path = f"/v1/setup_intents/{made.id}"
    status, body = side.browser("GET", path)
    assert (status, body["error"]["param"]) == (400, "client_secret")
    form = {"confirmation_token": side.token(), "client_secret": made.client_secret}
    status, body = side.browser("POST", path + "/confirm", **form)
    assert (status, body["status"]) == (200, "succeeded")
    assert "customer" not in body

"""3-D Secure over HTTP: redirect and script, passed, failed, left, declined after all."""

from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import stripe

from tests.sandbox.conftest import RETURN_URL


def challenged(side, card="pm_card_authenticationRequired", **params):
    intent = side.pay(payment_method=card, **params)
    assert intent.status == "requires_action"
    return intent


def answer(intent, word):
    url = intent.next_action.redirect_to_url.url
    page = requests.get(url, timeout=10)
    assert "Confirm this payment" in page.text
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
    return requests.post(url, data={"answer": word}, allow_redirects=False, timeout=10)


def told(answered):
    assert answered.status_code == 303
    parts = urlsplit(answered.headers["Location"])
    assert answered.headers["Location"].startswith(RETURN_URL)
    return {name: values[0] for name, values in parse_qs(parts.query).items()}


@pytest.mark.parametrize("method", ["automatic", "manual"])
def test_passing_goes_on_by_itself(side, method):
    intent = challenged(side, capture_method=method, return_url=RETURN_URL + "?order=5")
    back = told(answer(intent, "pass"))
    assert back == {
        "order": "5",
        "payment_intent": intent.id,
        "payment_intent_client_secret": intent.client_secret,
        "redirect_status": "succeeded",
    }
    intent = side.client.v1.payment_intents.retrieve(intent.id, {"expand": ["latest_charge"]})
    assert intent.status == ("succeeded" if method == "automatic" else "requires_capture")
    secure = intent.latest_charge.payment_method_details.card.three_d_secure
    assert (secure.result, secure.authentication_flow) == ("authenticated", "challenge")
    side.deliver()
    assert "payment_intent.requires_action" in side.mailbox.of(intent.id)


def test_failing_asks_for_another_card(side):
    intent = challenged(side)
    assert told(answer(intent, "fail"))["redirect_status"] == "failed"
    intent = side.client.v1.payment_intents.retrieve(intent.id)
    assert (intent.status, intent.latest_charge) == ("requires_payment_method", None)
    assert intent.last_payment_error.code == "payment_intent_authentication_failure"
    again = side.client.v1.payment_intents.confirm(
        intent.id, {"payment_method": "pm_card_visa", "return_url": RETURN_URL}
    )
    assert again.status == "succeeded"


def test_leaving_changes_nothing_and_a_late_answer_neither(side):
    intent = challenged(side)
    url = intent.next_action.redirect_to_url.url
    requests.get(url, timeout=10)
    assert side.client.v1.payment_intents.retrieve(intent.id).status == "requires_action"
    side.client.v1.payment_intents.cancel(intent.id)
    assert "This check is over" in requests.get(url, timeout=10).text
    assert (
        told(requests.post(url, data={"answer": "pass"}, allow_redirects=False, timeout=10))[
            "redirect_status"
        ]
        == "failed"
    )
    assert side.client.v1.payment_intents.retrieve(intent.id).status == "canceled"


def test_a_double_answer_charges_once(side):
    intent = challenged(side)
    answer(intent, "pass")
    url = intent.next_action.redirect_to_url.url
    requests.post(url, data={"answer": "pass"}, allow_redirects=False, timeout=10)
    charges = side.client.v1.charges.list({"payment_intent": intent.id})
    assert len(charges.data) == 1


def test_the_bank_may_decline_after_the_challenge(side):
    intent = challenged(side, "pm_card_threeDSecureRequiredChargeDeclined")
    assert told(answer(intent, "pass"))["redirect_status"] == "failed"
    intent = side.client.v1.payment_intents.retrieve(intent.id)
    assert intent.last_payment_error.decline_code == "generic_decline"


def test_the_script_gets_its_own_kind_of_action(side):
    intent = challenged(side, use_stripe_sdk=True)
    assert intent.next_action.type == "use_stripe_sdk"
    url = intent.next_action.use_stripe_sdk["stripe_js"]
    page = requests.get(url, timeout=10)
    assert "frame-ancestors *" in page.headers["Content-Security-Policy"]
    done = requests.post(url, data={"answer": "pass"}, timeout=10)
    assert (done.status_code, "data-over" in done.text) == (200, True)
    assert side.client.v1.payment_intents.retrieve(intent.id).status == "succeeded"


def test_a_token_of_the_script_brings_its_return_url_along(side):
    token = side.token("4000002760003184")
    params = {
        "amount": 900,
        "currency": "usd",
        "confirm": True,
        "confirmation_token": token,
        "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
    }
    intent = side.client.v1.payment_intents.create(params)
    assert intent.next_action.type == "use_stripe_sdk"


@pytest.mark.parametrize(
    ("card", "wish", "status", "result"),
    [
        ("pm_card_visa", "automatic", "succeeded", None),
        ("pm_card_visa", "any", "succeeded", "attempt_acknowledged"),
        ("pm_card_amex", "any", "succeeded", None),
        ("pm_card_threeDSecureOptional", "automatic", "succeeded", None),
        ("pm_card_threeDSecureOptional", "any", "requires_action", None),
        ("pm_card_threeDSecureOptional", "challenge", "requires_action", None),
        ("pm_card_threeDSecure2Required", "automatic", "requires_action", None),
    ],
)
def test_what_the_merchant_wishes(side, card, wish, status, result):
    options = {"card": {"request_three_d_secure": wish}}
    intent = side.pay(payment_method=card, payment_method_options=options)
    assert intent.status == status
    if status == "succeeded":
        secure = intent.latest_charge.payment_method_details.card.three_d_secure
        assert (secure and secure.result) == result


def test_frictionless_is_authenticated_without_a_question(side):
    intent = side.pay(confirmation_token=side.token("4000000032200000"))
    secure = intent.latest_charge.payment_method_details.card.three_d_secure
    assert (secure.result, secure.authentication_flow) == ("authenticated", "frictionless")


def test_off_session_cannot_ask(side):
    with pytest.raises(stripe.CardError) as refused:
        side.pay(payment_method="pm_card_authenticationRequired", off_session=True)
    assert refused.value.code == "authentication_required"
    assert refused.value.error.payment_intent.status == "requires_payment_method"
    ready = "pm_card_authenticationRequiredSetupForOffSession"
    assert side.pay(payment_method=ready, off_session=True).status == "succeeded"


def test_a_server_that_cannot_ask_says_so(side):
    with pytest.raises(stripe.CardError) as refused:
        side.pay(payment_method="pm_card_authenticationRequired", error_on_requires_action=True)
    assert refused.value.code == "authentication_required"


def test_manual_confirmation_comes_back_to_the_server(side):
    intent = challenged(side, confirmation_method="manual")
    answer(intent, "pass")
    intents = side.client.v1.payment_intents
    assert intents.retrieve(intent.id).status == "requires_confirmation"
    assert intents.confirm(intent.id, {"return_url": RETURN_URL}).status == "succeeded"

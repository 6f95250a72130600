"""Every test card of the table: by its number, by its name, with what becomes of it."""

import pytest
import stripe

from sandbox.cards import CARDS, luhn_holds
from tests.sandbox.conftest import RETURN_URL

NAMED = [card for card in CARDS if card.key.startswith("pm_card_")]
NUMBERED = [card for card in CARDS if card.number]
ASKED = ("required", "required_until_set_up", "required_on_session")


def outcome(side, card, **params):
    """Pay, and say how it ended: a status, or a decline's code and decline code."""
    try:
        return side.pay(**params).status, None
    except stripe.CardError as error:
        declined = error
    assert declined.http_status == 402
    intent = side.client.v1.payment_intents.retrieve(declined.error.payment_intent.id)
    assert (intent.status, intent.payment_method) == ("requires_payment_method", None)
    told = intent.last_payment_error
    assert (told.code, told.message) == (declined.code, declined.user_message)
    assert told.payment_method.card.last4 == card.last4
    assert side.client.v1.charges.retrieve(told.charge).status == "failed"
    return declined.code, declined.error.to_dict().get("decline_code")


def expected(card):
    if card.auth in ASKED:
        return "requires_action", None
    if card.checks.get("cvc_check") == "fail":
        return "incorrect_cvc", None
    if card.code:
        return card.code, card.decline_code if card.code == "card_declined" else None
    return "succeeded", None


@pytest.mark.parametrize("card", NAMED, ids=lambda card: card.key)
def test_by_name(side, card):
    assert outcome(side, card, payment_method=card.key) == expected(card)


@pytest.mark.parametrize("card", NUMBERED, ids=lambda card: card.key)
def test_by_number(side, card):
    assert luhn_holds(card.number)
    token = side.token(card.number)
    preview = side.client.v1.confirmation_tokens.retrieve(token).payment_method_preview
    shown = preview.card
    assert (shown.brand, shown.funding, shown.country) == (card.brand, card.funding, card.country)
    assert (shown.last4, shown.fingerprint) == (card.number[-4:], card.fingerprint)
    assert outcome(side, card, confirmation_token=token) == expected(card)


@pytest.mark.parametrize(
    ("fields", "code", "param"),
    [
        ({"number": "4242424242424241"}, "incorrect_number", "number"),
        ({"number": "42424242"}, "invalid_number", "number"),
        ({"number": "4111111111111111"}, "card_declined", "number"),
        ({"exp_month": "13"}, "invalid_expiry_month", "exp_month"),
        ({"exp_year": "2019"}, "invalid_expiry_year", "exp_year"),
        ({"cvc": "99"}, "invalid_cvc", "cvc"),
        ({"number": "378282246310005", "cvc": "123"}, "invalid_cvc", "cvc"),
    ],
)
def test_card_fields_that_cannot_be_right(side, fields, code, param):
    form = side.card_form(fields.pop("number", "4242424242424242"), **fields)
    status, body = side.browser("POST", "/v1/confirmation_tokens", **form)
    assert (status, body["error"]["type"]) == (402, "card_error")
    assert (body["error"]["code"], body["error"]["param"]) == (code, param)


def test_a_real_number_is_never_taken_and_never_kept(side):
    number = "4111111111111111"
    side.browser("POST", "/v1/payment_methods", **{
        name.removeprefix("payment_method_data[").replace("]", "", 1): value
        for name, value in side.card_form(number).items()
    })  # fmt: skip
    side.token("4242424242424242")
    store = side.app.extensions["sandbox"].store
    rows = store._connection.execute("SELECT body FROM documents").fetchall()
    assert rows
    assert not [row for row in rows if number in row[0] or "4242424242424242" in row[0]]
    assert number not in str(side.control("GET log"))


def test_checks_are_told_only_for_what_was_sent(side):
    without = side.client.v1.confirmation_tokens.retrieve(side.token(cvc=""))
    checks = without.payment_method_preview.card.checks.to_dict()
    assert set(checks.values()) == {None}
    form = side.card_form("4000000000000010") | {
        "payment_method_data[billing_details][address][line1]": "1 Street",
        "payment_method_data[billing_details][address][postal_code]": "94102",
        "payment_method_data[billing_details][name]": "A Person",
    }
    _, token = side.browser("POST", "/v1/confirmation_tokens", **form)
    assert token["payment_method_preview"]["card"]["checks"] == {
        "address_line1_check": "fail",
        "address_postal_code_check": "fail",
        "cvc_check": "pass",
    }
    assert token["payment_method_preview"]["billing_details"]["name"] == "A Person"
    assert side.pay(confirmation_token=token["id"]).status == "succeeded"


def test_a_failing_cvc_check_needs_a_cvc(side):
    assert side.pay(confirmation_token=side.token("4000000000000101", cvc="")).status == "succeeded"


def test_a_wallet_is_told_in_the_preview_and_in_the_charge(side):
    form = side.card_form("4242424242424242", cvc="") | {
        "payment_method_data[card][wallet][type]": "google_pay"
    }
    _, token = side.browser("POST", "/v1/confirmation_tokens", **form)
    shown = side.client.v1.confirmation_tokens.retrieve(token["id"])
    assert shown.payment_method_preview.card.wallet.type == "google_pay"
    charge = side.pay(confirmation_token=token["id"]).latest_charge
    assert charge.payment_method_details.card.wallet.type == "google_pay"


def test_a_token_is_spent_once_even_by_a_decline(side):
    token = side.token("4000000000000002")
    with pytest.raises(stripe.CardError):
        side.pay(confirmation_token=token)
    with pytest.raises(stripe.InvalidRequestError, match="already been used"):
        side.pay(confirmation_token=token)
    assert side.client.v1.confirmation_tokens.retrieve(token).payment_intent.startswith("pi_")


def test_a_token_lives_twelve_hours(side):
    token = side.token()
    side.control("POST clock", seconds=12 * 3600 + 1)
    with pytest.raises(stripe.InvalidRequestError, match="expired"):
        side.pay(confirmation_token=token)


def test_a_token_can_be_made_of_a_name(side):
    made = side.client.v1.test_helpers.confirmation_tokens.create(
        {"payment_method": "pm_card_mastercard", "return_url": RETURN_URL}
    )
    assert made.payment_method_preview.card.brand == "mastercard"
    assert side.pay(confirmation_token=made.id).status == "succeeded"


def test_the_blocked_never_reach_the_network(side):
    with pytest.raises(stripe.CardError) as refused:
        side.pay(payment_method="pm_card_radarBlock")
    charge = side.client.v1.charges.retrieve(refused.value.error.charge)
    assert (charge.outcome.type, charge.outcome.risk_level) == ("blocked", "highest")
    assert charge.outcome.network_status == "not_sent_to_network"
    assert refused.value.error.to_dict().get("network_decline_code") is None


def test_elevated_risk_opens_a_review_that_can_be_approved(side):
    intent = side.pay(payment_method="pm_card_riskLevelElevated")
    charge = intent.latest_charge
    assert (intent.status, charge.outcome.type) == ("succeeded", "manual_review")
    review = side.client.v1.reviews.retrieve(charge.review)
    assert (review.open, review.payment_intent, intent.review) == (True, intent.id, review.id)
    review = side.client.v1.reviews.approve(review.id)
    assert (review.open, review.closed_reason) == (False, "approved")
    side.deliver()
    assert side.mailbox.of(review.id) == ["review.opened", "review.closed"]
    with pytest.raises(stripe.InvalidRequestError):
        side.client.v1.reviews.approve(review.id)

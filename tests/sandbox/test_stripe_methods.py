"""Methods beside cards: SEPA Direct Debit, iDEAL and UPI, and which of them an intent offers."""

import pytest
import requests
import stripe

from sandbox import clock
from tests.sandbox import stripe_contract
from tests.sandbox.conftest import RETURN_URL

OK = "AT611904300234573201"
SHOPPER = {
    "payment_method_data[billing_details][name]": "Jenny Rosen",
    "payment_method_data[billing_details][email]": "jenny@example.com",
}


def token(side, kind, **more):
    """Make a confirmation token as the browser script does."""
    form = {"payment_method_data[type]": kind, **SHOPPER, **more}
    status, body = side.browser("POST", "/v1/confirmation_tokens", **form)
    assert status == 200, body
    assert not stripe_contract.problems("POST", "/v1/confirmation_tokens", status, body)
    return body


def debit_token(side, iban=OK):
    return token(side, "sepa_debit", **{"payment_method_data[sepa_debit][iban]": iban})


def pay(side, kind="sepa_debit", **params):
    made = debit_token(side) if kind == "sepa_debit" else token(side, kind)
    base = {"currency": "inr" if kind == "upi" else "eur", "confirmation_token": made["id"]}
    return side.pay(**{**base, **params})


def shown(side, intent):
    return side.client.v1.payment_intents.retrieve(
        intent.id, {"expand": ["latest_charge.balance_transaction"]}
    )


def answer(url, **form):
    return requests.post(url, data=form, timeout=10, allow_redirects=False)


def test_a_direct_debit_is_processing_and_then_paid(side):
    intent = pay(side)
    charge = intent.latest_charge
    assert (intent.status, charge.status, charge.paid) == ("processing", "pending", False)
    assert charge.balance_transaction is None
    told = charge.payment_method_details.sepa_debit
    assert (told.last4, told.country, told.bank_code) == ("3201", "AT", "19043")
    mandate = side.client.v1.mandates.retrieve(told.mandate)
    assert (mandate.status, mandate.type) == ("active", "single_use")
    assert mandate.customer_acceptance.online.ip_address == "127.0.0.1"
    assert "SEPA" in requests.get(mandate.payment_method_details.sepa_debit.url, timeout=10).text
    with pytest.raises(stripe.InvalidRequestError) as refused:
        side.client.v1.payment_intents.cancel(intent.id)
    assert refused.value.code == "payment_intent_unexpected_state"
    with pytest.raises(stripe.InvalidRequestError):
        side.client.v1.refunds.create({"payment_intent": intent.id})
    side.deliver()
    intent = shown(side, intent)
    assert (intent.status, intent.amount_received) == ("succeeded", 2000)
    assert (intent.latest_charge.status, intent.latest_charge.captured) == ("succeeded", True)
    assert intent.latest_charge.balance_transaction.net == 1912
    assert side.mailbox.of(intent.id) == [
        "payment_intent.created",
        "payment_intent.processing",
        "payment_intent.succeeded",
    ]
    assert side.mailbox.of(charge.id) == ["charge.pending", "charge.succeeded"]


def test_a_direct_debit_that_the_bank_does_not_pay(side):
    intent = pay(side, confirmation_token=debit_token(side, "AT861904300235473202")["id"])
    side.deliver()
    intent = shown(side, intent)
    assert (intent.status, intent.payment_method) == ("requires_payment_method", None)
    assert intent.last_payment_error.payment_method.type == "sepa_debit"
    assert intent.latest_charge.status == "failed"
    assert side.mailbox.of(intent.id)[-1] == "payment_intent.payment_failed"


@pytest.mark.parametrize(
    ("iban", "end"),
    [
        ("AT321904300235473204", "succeeded"),
        ("AT051904300235473205", "requires_payment_method"),
    ],
)
def test_some_banks_take_three_minutes(side, iban, end):
    intent = pay(side, confirmation_token=debit_token(side, iban)["id"])
    side.deliver()
    assert shown(side, intent).status == "processing"
    side.control("POST clock", seconds=181)
    assert shown(side, intent).status == end


def test_a_disputed_debit_is_lost_at_once_and_its_mandate_ends(side):
    intent = pay(side, confirmation_token=debit_token(side, "AT591904300235473203")["id"])
    side.deliver()
    side.deliver()
    (dispute,) = side.client.v1.disputes.list({"payment_intent": intent.id}).data
    assert (dispute.status, dispute.reason) == ("lost", "debit_not_authorized")
    assert sum(line.net for line in dispute.balance_transactions) == -3500
    mandate_id = shown(side, intent).latest_charge.payment_method_details.sepa_debit.mandate
    assert side.client.v1.mandates.retrieve(mandate_id).status == "inactive"
    assert side.mailbox.of(mandate_id) == ["mandate.updated"]


@pytest.mark.parametrize(
    ("iban", "code"),
    [
        ("AT611904300234573202", "account_number_invalid"),
        ("AT6119043002345732", "account_number_invalid"),
        ("BR1800360305000010009795493C1", "sepa_unsupported_account"),
        ("AT511904300000066666", "bank_account_unusable"),
        ("BE68539007547034", "payment_method_invalid_parameter_testmode"),
    ],
)
def test_an_account_that_cannot_be(side, iban, code):
    form = {"type": "sepa_debit", "sepa_debit[iban]": iban}
    status, body = side.browser("POST", "/v1/payment_methods", **form)
    assert (status, body["error"]["code"]) == (400, code)
    assert body["error"]["param"] == "sepa_debit[iban]"


def test_no_iban_is_ever_kept(side):
    made = debit_token(side, "DE89 3704 0044 0532 0130 00")
    assert made["payment_method_preview"]["sepa_debit"]["last4"] == "3000"
    assert made["mandate_data"]["customer_acceptance"]["type"] == "online"
    store = side.app.extensions["sandbox"].store
    for kind in ("confirmation_token", "payment_method"):
        assert "370400440532013000" not in str(store.list(f"stripe.{kind}"))


def test_a_debit_needs_an_accepted_mandate_and_a_name(side):
    data = {"type": "sepa_debit", "sepa_debit": {"iban": OK}}
    base = {"amount": 500, "currency": "eur", "confirm": True, "payment_method_data": data}
    with pytest.raises(stripe.InvalidRequestError) as refused:
        side.client.v1.payment_intents.create(base)
    assert refused.value.param == "billing_details[name]"
    data["billing_details"] = {"name": "A", "email": "a@b.example"}
    with pytest.raises(stripe.InvalidRequestError) as refused:
        side.client.v1.payment_intents.create(base)
    assert refused.value.param == "mandate_data"
    online = {"ip_address": "192.0.2.1", "user_agent": "Test"}
    base["mandate_data"] = {"customer_acceptance": {"type": "online", "online": online}}
    assert side.client.v1.payment_intents.create(base).status == "processing"


def test_ideal_goes_to_the_bank_and_back(side):
    intent = pay(side, "ideal")
    action = intent.next_action
    assert (intent.status, action.type) == ("requires_action", "redirect_to_url")
    page = action.redirect_to_url.url
    assert "Approve the payment" in requests.get(page, timeout=10).text
    back = answer(page, answer="pass", bank="bunq")
    assert back.headers["Location"].startswith(RETURN_URL + "?payment_intent=pi_")
    assert "redirect_status=succeeded" in back.headers["Location"]
    intent = shown(side, intent)
    told = intent.latest_charge.payment_method_details.ideal
    assert (intent.status, told.bank, told.bic) == ("succeeded", "bunq", "BUNQNL2A")
    assert intent.latest_charge.balance_transaction.fee == 88
    # Asked again, the page only says that it is over.
    assert "redirect_status=succeeded" in answer(page, answer="fail").headers["Location"]
    assert shown(side, intent).status == "succeeded"


def test_ideal_can_fail_and_needs_a_way_back(side):
    intent = pay(side, "ideal")
    back = answer(intent.next_action.redirect_to_url.url, answer="fail")
    assert "redirect_status=failed" in back.headers["Location"]
    intent = shown(side, intent)
    assert intent.status == "requires_payment_method"
    assert intent.last_payment_error.code == "payment_intent_authentication_failure"
    with pytest.raises(stripe.InvalidRequestError) as refused:
        pay(side, "ideal", return_url="", automatic_payment_methods="")
    assert refused.value.param in ("return_url", "automatic_payment_methods")
    never = {"enabled": True, "allow_redirects": "never"}
    with pytest.raises(stripe.InvalidRequestError) as refused:
        pay(side, "ideal", automatic_payment_methods=never)
    assert refused.value.code == "payment_intent_incompatible_payment_method"


def waiting(side):
    intent = pay(side, "upi")
    kind = "upi_handle_redirect_or_display_qr_code"
    assert (intent.status, intent.next_action.type) == ("requires_action", kind)
    return intent, intent.next_action[kind]


def test_upi_shows_a_code_and_waits_for_the_app(side):
    intent, action = waiting(side)
    assert 0 < action.qr_code.expires_at - clock.timestamp() <= 300
    for url, kind in ((action.qr_code.image_url_png, "png"), (action.qr_code.image_url_svg, "svg")):
        assert kind in requests.get(url, timeout=10).headers["Content-Type"]
    assert (
        "This check is over"
        in answer(action.hosted_instructions_url + "?in=modal", answer="pass").text
    )
    intent = shown(side, intent)
    assert intent.status == "succeeded"
    assert intent.latest_charge.payment_method_details.upi.vpa.endswith("@sandbox")


def test_upi_can_be_declined_or_forgotten(side):
    intent, action = waiting(side)
    answer(action.hosted_instructions_url, answer="decline")
    declined = shown(side, intent)
    assert declined.status == "requires_payment_method"
    assert declined.last_payment_error.code == "payment_method_customer_decline"
    intent, _ = waiting(side)
    side.control("POST clock", seconds=301)
    expired = shown(side, intent)
    assert expired.status == "requires_payment_method"
    assert expired.last_payment_error.code == "payment_intent_payment_attempt_expired"


@pytest.mark.parametrize(
    ("params", "offered"),
    [
        ({"currency": "usd"}, ["card"]),
        ({"currency": "eur"}, ["card", "sepa_debit", "ideal"]),
        ({"currency": "inr"}, ["card", "upi"]),
        ({"currency": "inr", "amount": 10_000_001}, ["card"]),
        ({"currency": "eur", "amount": 1_000_001}, ["card", "ideal"]),
        ({"currency": "eur", "capture_method": "manual"}, ["card"]),
        ({"currency": "eur", "allowed_payment_method_types": ["ideal", "upi"]}, ["ideal"]),
        ({"currency": "eur", "excluded_payment_method_types": ["card"]}, ["sepa_debit", "ideal"]),
    ],
)
def test_what_an_intent_offers(side, params, offered):
    intent = side.client.v1.payment_intents.create({"amount": 1000, **params})
    assert intent.payment_method_types == offered


def test_what_is_not_offered_is_refused(side):
    create = side.client.v1.payment_intents.create
    with pytest.raises(stripe.InvalidRequestError, match="No valid payment method types"):
        create({"amount": 1000, "currency": "usd", "allowed_payment_method_types": ["upi"]})
    with pytest.raises(stripe.InvalidRequestError) as refused:
        create({"amount": 1000, "currency": "eur", "allowed_payment_method_types": ["klarna"]})
    assert refused.value.code == "payment_method_unactivated"
    with pytest.raises(stripe.InvalidRequestError) as refused:
        pay(side, "upi", currency="eur")
    assert refused.value.code == "payment_intent_incompatible_payment_method"
    with pytest.raises(stripe.InvalidRequestError) as refused:
        create({"amount": 1000, "currency": "eur", "payment_method_types": ["card"]})
    assert refused.value.code == "payment_method_types_no_longer_supported"


def test_what_ideal_leaves_for_later_is_a_direct_debit(side):
    customer = side.client.v1.customers.create({"email": "jenny@example.com"})
    intent = pay(side, "ideal", customer=customer.id, setup_future_usage="off_session")
    answer(intent.next_action.redirect_to_url.url, answer="pass", bank="rabobank")
    told = shown(side, intent).latest_charge.payment_method_details.ideal
    kept = side.client.v1.payment_methods.retrieve(told.generated_sepa_debit)
    assert (kept.type, kept.customer) == ("sepa_debit", customer.id)
    later = side.pay(currency="eur", customer=customer.id, payment_method=kept.id, off_session=True)
    mandate = later.latest_charge.payment_method_details.sepa_debit.mandate
    assert (later.status, mandate) == ("processing", told.generated_sepa_debit_mandate)

"""The PaymentIntent machine, driven by Stripe's own SDK over the wire."""

import itertools

import pytest
import stripe

from sandbox import clock
from tests.sandbox.conftest import RETURN_URL


def test_a_plain_card_pays_and_the_books_say_so(side):
    intent = side.pay(metadata={"order": "o1"}, description="Tea", receipt_email="a@b.example")
    charge = intent.latest_charge
    assert (intent.status, intent.amount_received, intent.amount_capturable) == (
        "succeeded",
        2000,
        0,
    )
    assert (charge.status, charge.captured, charge.amount_captured) == ("succeeded", True, 2000)
    assert charge.outcome.type == "authorized"
    assert charge.payment_method_details.card.brand == "visa"
    assert (charge.balance_transaction.fee, charge.balance_transaction.net) == (88, 1912)
    side.deliver()
    assert side.mailbox.of(intent.id) == ["payment_intent.created", "payment_intent.succeeded"]
    assert side.mailbox.of(charge.id) == ["charge.succeeded"]
    booked = {one["id"]: one for one in side.control("GET books")["stripe"]["payments"]}
    assert booked[intent.id]["amount_received"] == 2000
    assert booked[intent.id]["metadata"] == {"order": "o1"}


def test_by_default_the_fee_is_known_a_little_later(side):
    params = {"amount": 500, "currency": "eur", "confirm": True, "payment_method": "pm_card_visa"}
    intent = side.client.v1.payment_intents.create(params)
    assert intent.capture_method == "automatic_async"
    side.deliver()
    charge = side.client.v1.charges.retrieve(
        intent.latest_charge, {"expand": ["balance_transaction"]}
    )
    assert charge.balance_transaction.fee == 45
    assert "charge.updated" in side.mailbox.of(charge.id)


def test_create_then_update_then_confirm(side):
    intents = side.client.v1.payment_intents
    intent = intents.create({"amount": 100, "currency": "gbp", "metadata": {"a": "1", "b": "2"}})
    assert (intent.status, intent.latest_charge) == ("requires_payment_method", None)
    intent = intents.update(intent.id, {"amount": 250, "metadata": {"b": "", "c": "3"}})
    assert (intent.amount, intent.metadata.to_dict()) == (250, {"a": "1", "c": "3"})
    intent = intents.update(intent.id, {"payment_method": "pm_card_mastercard"})
    assert intent.status == "requires_confirmation"
    assert intents.confirm(intent.id).amount_received == 250


@pytest.mark.parametrize(("taken", "left"), [(2000, 0), (700, 1300)])
def test_manual_capture_holds_first_and_lets_go_of_the_rest(side, taken, left):
    intent = side.pay(capture_method="manual")
    assert (intent.status, intent.amount_capturable) == ("requires_capture", 2000)
    assert intent.latest_charge.payment_method_details.card.capture_before > clock.timestamp()
    params = {"amount_to_capture": taken, "expand": ["latest_charge.balance_transaction"]}
    intent = side.client.v1.payment_intents.capture(intent.id, params)
    assert (intent.status, intent.amount_received, intent.amount_capturable) == (
        "succeeded",
        taken,
        0,
    )
    charge = intent.latest_charge
    assert (charge.amount_captured, charge.amount_refunded) == (taken, left)
    assert charge.balance_transaction.amount == taken
    side.deliver()
    assert "payment_intent.amount_capturable_updated" in side.mailbox.of(intent.id)
    assert "charge.captured" in side.mailbox.of(charge.id)


def test_a_hold_is_let_go_by_cancel(side):
    intent = side.pay(capture_method="manual")
    intent = side.client.v1.payment_intents.cancel(
        intent.id, {"cancellation_reason": "abandoned", "expand": ["latest_charge"]}
    )
    assert (intent.status, intent.cancellation_reason) == ("canceled", "abandoned")
    assert (intent.latest_charge.refunded, intent.latest_charge.amount_captured) == (True, 0)
    side.deliver()
    assert side.mailbox.of(intent.id)[-1] == "payment_intent.canceled"


def test_a_hold_ends_by_itself_after_seven_days(side):
    intent = side.pay(capture_method="manual")
    side.control("POST clock", seconds=7 * 24 * 3600 + 60)
    intent = side.client.v1.payment_intents.retrieve(intent.id)
    assert (intent.status, intent.cancellation_reason) == ("canceled", "automatic")
    with pytest.raises(stripe.InvalidRequestError) as refused:
        side.client.v1.payment_intents.capture(intent.id)
    assert refused.value.code == "payment_intent_unexpected_state"


def newest_intent(side):
    return [one.id for one in side.client.v1.payment_intents.list({"limit": 1}).data]


def in_status(side, status):
    intents = side.client.v1.payment_intents
    if status == "requires_payment_method":
        return intents.create({"amount": 900, "currency": "usd"})
    if status == "requires_confirmation":
        return intents.create({"amount": 900, "currency": "usd", "payment_method": "pm_card_visa"})
    if status == "requires_action":
        return side.pay(payment_method="pm_card_authenticationRequired")
    if status == "canceled":
        return intents.cancel(intents.create({"amount": 900, "currency": "usd"}).id)
    return side.pay(capture_method="manual" if status == "requires_capture" else "automatic")


STATUSES = (
    "requires_payment_method",
    "requires_confirmation",
    "requires_action",
    "requires_capture",
    "succeeded",
    "canceled",
)
OPEN = STATUSES[:3]
ALLOWED = {"confirm": OPEN, "capture": STATUSES[3:4], "cancel": STATUSES[:4], "update": OPEN}


@pytest.mark.parametrize(("status", "verb"), list(itertools.product(STATUSES, ALLOWED)))
def test_every_status_takes_its_verbs_and_no_others(side, status, verb):
    intent = in_status(side, status)
    assert intent.status == status
    params = {
        "confirm": {"payment_method": "pm_card_visa", "return_url": RETURN_URL},
        "update": {"amount": 901},
    }.get(verb, {})
    act = getattr(side.client.v1.payment_intents, verb)
    if status in ALLOWED[verb]:
        assert act(intent.id, params).id == intent.id
        return
    with pytest.raises(stripe.InvalidRequestError) as refused:
        act(intent.id, params)
    assert refused.value.http_status == 400
    assert refused.value.code == "payment_intent_unexpected_state"
    assert side.client.v1.payment_intents.retrieve(intent.id).status == status


@pytest.mark.parametrize(
    ("params", "code", "param"),
    [
        ({"amount": 49}, "amount_too_small", "amount"),
        ({"amount": 29, "currency": "gbp"}, "amount_too_small", "amount"),
        ({"amount": 0}, "parameter_invalid_integer", "amount"),
        ({"amount": -5}, "parameter_invalid_integer", "amount"),
        ({"amount": "5.7"}, "parameter_invalid_integer", "amount"),
        ({"amount": "1e3"}, "parameter_invalid_integer", "amount"),
        ({"amount": ""}, "parameter_invalid_empty", "amount"),
        ({"amount": 100_000_000}, "amount_too_large", "amount"),
        ({"currency": "xyz"}, None, "currency"),
        ({"currency": "kwd", "amount": 1001}, None, "amount"),
        ({"currency": "isk", "amount": 950}, None, "amount"),
        ({"currency": "ugx", "amount": 901}, None, "amount"),
        ({"currency": "ron", "amount": 199}, "amount_too_small", "amount"),
        ({"capture_method": "later"}, None, "capture_method"),
        ({"confirm": "yes"}, None, "confirm"),
        ({"off_session": True}, None, "off_session"),
        ({"amonut": 5}, "parameter_unknown", "amonut"),
        ({"metadata": {"k" * 41: "v"}}, None, f"metadata[{'k' * 41}]"),
        (
            {"automatic_payment_methods": {"enabled": True, "allow": 1}},
            "parameter_unknown",
            "automatic_payment_methods[allow]",
        ),
        (
            {"payment_method_types": ["card"]},
            "payment_method_types_no_longer_supported",
            "payment_method_types",
        ),
    ],
)
def test_bad_parameters_are_refused_by_name(side, params, code, param):
    newest = newest_intent(side)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        side.client.v1.payment_intents.create({"amount": 900, "currency": "usd", **params})
    assert refused.value.http_status == 400
    assert (refused.value.code, refused.value.param) == (code, param)
    assert newest_intent(side) == newest


def test_a_missing_parameter_is_named(side):
    with pytest.raises(stripe.InvalidRequestError) as refused:
        side.client.v1.payment_intents.create({"amount": 900})
    assert (refused.value.code, refused.value.param) == ("parameter_missing", "currency")


def test_redirecting_methods_need_a_return_url_unless_switched_off(side):
    base = {"amount": 900, "currency": "usd", "confirm": True, "payment_method": "pm_card_visa"}
    create = side.client.v1.payment_intents.create
    with pytest.raises(stripe.InvalidRequestError) as refused:
        create({**base, "automatic_payment_methods": {"enabled": True}})
    assert refused.value.param == "return_url"
    never = {"enabled": True, "allow_redirects": "never"}
    assert create({**base, "automatic_payment_methods": never}).status == "succeeded"


def test_more_cannot_be_captured_than_is_held(side):
    intent = side.pay(capture_method="manual")
    with pytest.raises(stripe.InvalidRequestError) as refused:
        side.client.v1.payment_intents.capture(intent.id, {"amount_to_capture": 2001})
    assert refused.value.code == "amount_too_large"
    assert side.client.v1.payment_intents.retrieve(intent.id).amount_capturable == 2000


def test_a_payment_method_without_customer_pays_once(side):
    used = side.pay().payment_method
    with pytest.raises(stripe.InvalidRequestError, match="previously used"):
        side.pay(payment_method=used)


def test_lists_go_by_cursor_and_by_time(side):
    made = [side.client.v1.payment_intents.create({"amount": 900, "currency": "usd"}).id
            for _ in range(5)]  # fmt: skip
    page = side.client.v1.payment_intents.list({"limit": 2})
    assert ([one.id for one in page.data], page.has_more) == (made[:2:-1], True)
    after = side.client.v1.payment_intents.list({"limit": 3, "starting_after": made[3]})
    assert [one.id for one in after.data] == made[2::-1]
    before = side.client.v1.payment_intents.list({"limit": 1, "ending_before": made[0]})
    assert [one.id for one in before.data] == [made[1]]
    later = {"created": {"gte": clock.timestamp() + 1000}}
    assert side.client.v1.payment_intents.list(later).data == []


def test_expand_reaches_into_lists_and_refuses_what_is_plain(side):
    side.pay()
    params = {
        "limit": 1,
        "expand": ["data.latest_charge.balance_transaction", "data.payment_method"],
    }
    intent = side.client.v1.payment_intents.list(params).data[0]
    assert intent.latest_charge.balance_transaction.fee == 88
    assert intent.payment_method.card.last4 == "4242"
    with pytest.raises(stripe.InvalidRequestError, match="cannot be expanded"):
        side.client.v1.payment_intents.list({"expand": ["data.amount"]})

"""What only PayPal has: orders, approvals, and money whose own status decides."""

import json
from datetime import timedelta
from typing import Any

import pytest

from app.providers.base import Refused, Setup, Unanswered, Verb
from app.providers.paypal_client import Refusal
from models.ids import new_id
from models.money import Money
from tests.app.providers.drivers import Books
from tests.app.providers.paypal_driver import PayPalDriver

SHOW = "GET /paypal/v2/checkout/orders/[^/]+"


def issue(code: str, status: int = 422, **link: str) -> Refusal:
    return Refusal(
        code, status, debug_id="d", links=[{"rel": r, "href": h} for r, h in link.items()]
    )


def refuse_taking(paypal: PayPalDriver, monkeypatch: pytest.MonkeyPatch, refusal: Refusal) -> None:
    """Let PayPal refuse what the sandbox has no way to refuse."""
    ask = paypal.provider._client.ask

    def refusing(name: str, *args: Any, **kwargs: Any) -> Any:
        if name in {"capture_order", "authorize_order"}:
            raise refusal
        return ask(name, *args, **kwargs)

    monkeypatch.setattr(paypal.provider._client, "ask", refusing)


def approved(paypal: PayPalDriver, funding: str = "balance", **fields: Any) -> Any:
    charge = paypal.charge("challenges", **fields)
    outcome = paypal.provider.charge(charge)
    paypal.decide(outcome.reference, funding)
    return charge, outcome.reference


@pytest.mark.parametrize(("language", "locale"), [("he", "he-IL"), ("zh", "zh-CN"), ("hi", None)])
def test_paypals_page_speaks_as_ours_where_it_can(
    paypal: PayPalDriver, language: str, locale: str | None
) -> None:
    charge = paypal.charge("challenges", language=language)
    order = paypal.stored(paypal.provider.charge(charge).reference)
    assert order["_sandbox"]["context"].get("locale") == locale


def test_a_setup_that_an_older_version_wrote_is_read() -> None:
    old = {"setup_id": "set_1", "customer_ref": "", "methods": ["card"], "currency": "EUR"}
    assert Setup.from_json(old) == Setup("set_1", "")


def test_the_order_says_what_the_server_wants(paypal: PayPalDriver) -> None:
    charge = paypal.charge("challenges", description="x" * 200)
    order = paypal.stored(paypal.provider.charge(charge).reference)
    [unit] = order["purchase_units"]
    assert order["intent"] == "CAPTURE"
    assert unit["amount"] == {"currency_code": "EUR", "value": "19.99"}
    assert unit["custom_id"] == charge.attempt_id
    assert (
        unit["reference_id"] == charge.payment_id
    )  # who looks it up at PayPal finds it by that, too
    assert unit["description"].startswith("K7QF-2M9RX · xx")
    assert len(unit["description"]) == 127
    assert "invoice_id" not in unit
    assert order["_sandbox"]["context"] == {
        "brand_name": "Alma Coffee",
        "user_action": "PAY_NOW",
        "shipping_preference": "NO_SHIPPING",
        "return_url": charge.return_url,
        "cancel_url": charge.cancel_url,
    }


def test_what_is_not_known_is_left_out(paypal: PayPalDriver) -> None:
    blank = dict.fromkeys(
        ("description", "order_number", "merchant_name", "return_url", "cancel_url"), ""
    )
    order = paypal.stored(paypal.provider.charge(paypal.charge("challenges", **blank)).reference)
    assert "description" not in order["purchase_units"][0]
    assert order["_sandbox"]["context"].keys() == {"user_action", "shipping_preference"}


def test_the_same_charge_twice_is_one_order(paypal: PayPalDriver) -> None:
    charge = paypal.charge("challenges")
    assert paypal.provider.charge(charge) == paypal.provider.charge(charge)


def test_an_approved_order_is_ready_and_takes_nothing_by_itself(paypal: PayPalDriver) -> None:
    charge, reference = approved(paypal)
    outcome = paypal.provider.fetch(charge, reference)
    assert (outcome.verb, outcome.ready, outcome.action) == (Verb.CHALLENGE, True, None)
    assert outcome.method is not None
    assert outcome.method.email == "ada.marlowe@buyer.example"
    assert paypal.books(charge) == Books(0, 0, 0)


def test_an_approved_order_that_is_abandoned_is_void(paypal: PayPalDriver) -> None:
    charge, reference = approved(paypal)
    outcome = paypal.provider.abandon(charge, reference)
    assert (outcome.verb, outcome.ready, outcome.action) == (Verb.VOID, False, None)
    assert paypal.books(charge) == Books(0, 0, 0)


def test_completing_before_the_approval_asks_the_buyer(paypal: PayPalDriver) -> None:
    charge = paypal.charge("challenges")
    outcome = paypal.provider.charge(charge)
    again = paypal.provider.complete(charge, outcome.reference)
    assert (again.verb, again.action) == (Verb.CHALLENGE, outcome.action)


def shorten(answer: dict[str, Any]) -> None:
    """As `Prefer: return=minimal` has it: the payments, and no more of the purchase unit."""
    for unit in answer["purchase_units"]:
        for name in unit.keys() - {"reference_id", "payments"}:
            del unit[name]
    if "payments" not in answer["purchase_units"][0]:
        del answer["purchase_units"]


@pytest.mark.parametrize("capture", ["automatic", "manual"])
def test_an_answer_that_is_too_short_is_asked_for_whole(paypal: PayPalDriver, capture: str) -> None:
    charge = paypal.charge("challenges", capture=capture)
    with paypal.world.gate.spoil("POST /paypal/v2/.*", "tamper", tamper=shorten):
        outcome = paypal.provider.charge(charge)
        assert (outcome.verb, outcome.amount) == (Verb.CHALLENGE, charge.amount)
        paypal.decide(outcome.reference, "balance")
        outcome = paypal.provider.complete(charge, outcome.reference)
    assert outcome.verb is (Verb.CAPTURE if capture == "automatic" else Verb.AUTHORIZE)


def test_after_a_declined_instrument_the_buyer_chooses_again(paypal: PayPalDriver) -> None:
    charge, reference = approved(paypal, "declined")
    refused = paypal.provider.complete(charge, reference)
    assert refused.verb is Verb.CHALLENGE
    assert refused.decline is not None
    assert refused.decline.code == "instrument_declined"
    assert refused.action is not None
    assert (refused.action.type, refused.action.order) == ("paypal_approve", reference)
    paypal.shopper(refused, "approve")
    assert paypal.provider.complete(charge, reference).verb is Verb.CAPTURE
    assert paypal.books(charge) == Books(1, 1999, 0)


def test_a_completed_order_with_a_declined_capture_is_declined(paypal: PayPalDriver) -> None:
    charge, reference = approved(paypal, "refused")
    outcome = paypal.provider.complete(charge, reference)
    assert paypal.stored(reference)["status"] == "COMPLETED"
    assert (outcome.verb, outcome.captured) == (Verb.DECLINE, None)
    assert outcome.decline is not None
    assert (outcome.decline.code, outcome.decline.provider_code) == ("generic_decline", "0500")
    assert paypal.provider.fetch(charge, reference).verb is Verb.DECLINE


def test_a_denied_authorization_is_declined(paypal: PayPalDriver) -> None:
    charge, reference = approved(paypal, "refused", capture="manual")
    assert paypal.provider.complete(charge, reference).verb is Verb.DECLINE


@pytest.mark.parametrize(("accepted", "verb"), [(True, Verb.CAPTURE), (False, Verb.DECLINE)])
def test_a_capture_under_review_waits(paypal: PayPalDriver, accepted: bool, verb: Verb) -> None:
    charge, reference = approved(paypal, "review")
    outcome = paypal.provider.complete(charge, reference)
    assert (outcome.verb, outcome.captured, outcome.fee) == (Verb.WAIT, None, None)
    assert outcome.facts["pending_reason"] == "PENDING_REVIEW"
    [capture] = paypal.captures(charge)
    paypal.call("POST", f"/sandbox/captures/{capture['id']}/review", {"accepted": accepted})
    assert paypal.provider.fetch(charge, reference).verb is verb


def test_an_authorization_under_review_waits(paypal: PayPalDriver) -> None:
    charge, reference = approved(paypal, "review", capture="manual")
    assert paypal.provider.complete(charge, reference).verb is Verb.WAIT


def test_an_order_that_nobody_approved_is_forgotten_and_void(
    paypal: PayPalDriver, travel: Any
) -> None:
    charge = paypal.charge("challenges")
    reference = paypal.provider.charge(charge).reference
    travel(timedelta(hours=7))
    for ask in (paypal.provider.fetch, paypal.provider.complete, paypal.provider.abandon):
        outcome = ask(charge, reference)
        assert (outcome.verb, outcome.found, outcome.reference) == (Verb.VOID, True, reference)


@pytest.mark.parametrize("word", ["BEWITCHED", "COMPLETED"])
def test_an_order_whose_status_tells_nothing_is_undecided(
    paypal: PayPalDriver, word: str, caplog: pytest.LogCaptureFixture
) -> None:
    charge, reference = approved(paypal)
    with paypal.world.gate.spoil(SHOW, "tamper", tamper=lambda order: order.update(status=word)):
        outcome = paypal.provider.fetch(charge, reference)
        paypal.provider.fetch(charge, reference)
    assert (outcome.verb, outcome.ready, outcome.found) == (None, False, True)
    assert caplog.text.count("unknown status") <= 1


@pytest.mark.parametrize(
    ("refusal", "verb", "code"),
    [
        (
            issue("PAYER_ACTION_REQUIRED", **{"payer-action": "https://pay.example/act"}),
            Verb.CHALLENGE,
            None,
        ),
        (issue("ORDER_NOT_APPROVED"), Verb.CHALLENGE, None),
        (issue("REDIRECT_PAYER_FOR_ALTERNATE_FUNDING"), Verb.CHALLENGE, "instrument_declined"),
        (issue("PAYER_CANNOT_PAY"), Verb.DECLINE, "payer_cannot_pay"),
        (issue("TRANSACTION_REFUSED"), Verb.DECLINE, "payer_cannot_pay"),
        (issue("COMPLIANCE_VIOLATION"), Verb.DECLINE, "blocked"),
        (issue("MAX_NUMBER_OF_PAYMENT_ATTEMPTS_EXCEEDED"), Verb.DECLINE, "payer_cannot_pay"),
    ],
)
def test_refusals_in_our_words(
    paypal: PayPalDriver,
    monkeypatch: pytest.MonkeyPatch,
    refusal: Refusal,
    verb: Verb,
    code: str | None,
) -> None:
    charge, reference = approved(paypal)
    refuse_taking(paypal, monkeypatch, refusal)
    outcome = paypal.provider.complete(charge, reference)
    assert (outcome.verb, outcome.decline and outcome.decline.code) == (verb, code)
    if verb is Verb.CHALLENGE:
        assert outcome.action is not None
        own = f"{paypal.world.url}/paypal/checkoutnow?token={reference}"
        assert outcome.action.url == ("https://pay.example/act" if refusal.links else own)


@pytest.mark.parametrize(
    "code", ["ORDER_ALREADY_CAPTURED", "ORDER_COMPLETED_OR_VOIDED", "INVALID_RESOURCE_ID"]
)
def test_a_refusal_because_it_is_done_is_read_back(
    paypal: PayPalDriver, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    charge, reference = approved(paypal)
    refuse_taking(paypal, monkeypatch, issue(code))
    with pytest.raises(Unanswered, match=code):
        paypal.provider.complete(charge, reference)  # "done", but nothing is there: no answer
    ask = paypal.provider._client.ask

    def late(name: str, *args: Any, **kwargs: Any) -> Any:
        if name == "capture_order":
            PayPalDriver(paypal.world).provider.complete(charge, reference)
        return ask(name, *args, **kwargs)

    monkeypatch.setattr(paypal.provider._client, "ask", late)
    assert paypal.provider.complete(charge, reference).verb is Verb.CAPTURE
    assert paypal.books(charge) == Books(1, 1999, 0)


def test_a_refusal_that_is_our_mistake_is_raised(
    paypal: PayPalDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    charge, reference = approved(paypal)
    refuse_taking(paypal, monkeypatch, issue("PAYEE_ACCOUNT_RESTRICTED"))
    with pytest.raises(Refused) as refused:
        paypal.provider.complete(charge, reference)
    assert (refused.value.code, refused.value.status) == ("PAYEE_ACCOUNT_RESTRICTED", 422)


@pytest.mark.parametrize("status", [401, 403])
def test_trouble_with_our_keys_is_no_answer_about_money(
    paypal: PayPalDriver, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    charge, reference = approved(paypal)
    refuse_taking(paypal, monkeypatch, issue("PERMISSION_DENIED", status))
    with pytest.raises(Unanswered):
        paypal.provider.complete(charge, reference)


def patch(
    paypal: PayPalDriver, order_id: str, name: str, value: object, op: str = "replace"
) -> None:
    [unit] = paypal.stored(order_id)["purchase_units"]
    path = f"/purchase_units/@reference_id=='{unit['reference_id']}'/{name}"
    change = [{"op": op, "path": path, "value": value}]
    paypal.call("PATCH", f"/v2/checkout/orders/{order_id}", json.loads(json.dumps(change)))


def test_an_order_that_was_made_cheaper_is_not_taken(paypal: PayPalDriver) -> None:
    charge, reference = approved(paypal)
    patch(paypal, reference, "amount", {"currency_code": "EUR", "value": "0.01"})
    with pytest.raises(Unanswered, match=r"0\.01"):
        paypal.provider.complete(charge, reference)
    assert paypal.books(charge) == Books(0, 0, 0)


def test_a_currency_that_paypal_does_not_take_is_refused_unasked(paypal: PayPalDriver) -> None:
    before = len(paypal.world.gate.calls)
    with pytest.raises(Refused):
        paypal.provider.charge(paypal.charge("challenges", amount=Money(1999, "INR")))
    assert len(paypal.world.gate.calls) == before


def test_an_order_of_another_attempt_is_no_answer(paypal: PayPalDriver) -> None:
    charge, reference = approved(paypal)
    other = paypal.charge("challenges", attempt_id=new_id("att"))
    assert other.attempt_id != charge.attempt_id
    with pytest.raises(Unanswered, match="belongs to"):
        paypal.provider.fetch(other, reference)

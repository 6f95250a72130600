"""The page's endpoints: what a tampered, late or malformed request gets, and that nothing moves."""

import re
from datetime import timedelta
from typing import Any

import pytest

from app import payments
from app.errors import Invalid
from app.web.typed import typed_amount
from models import CheckoutSession, clock, db
from tests.till import Till
from tests.web.conftest import Shopper

PAN = "4242 4242 4242 4242"


def total(session: CheckoutSession) -> int:
    _session, _payment, order = payments.session_of(session.id)
    db.release()
    return order.total_minor


def pays(till: Till, card: str = "ok", **more: Any) -> dict[str, Any]:
    return {"confirmation_token": till.confirmation_token(card), "amount": 1999, **more}


def test_a_card_pays(till: Till, shopper: Shopper) -> None:
    session = till.session()
    shopper.open(session)
    answer = shopper.post(session, "pay/stripe", pays(till, email="ada@example.com", name="Ada"))
    assert answer.json["status"] == "captured"
    assert answer.json["url"] == f"/c/{session.id}"
    assert "Payment received" in shopper.open(session).text


def test_a_decline_stays_on_the_form(till: Till, shopper: Shopper) -> None:
    session = till.session()
    shopper.open(session)
    answer = shopper.post(session, "pay/stripe", pays(till, "poor")).json
    assert (answer["status"], answer["state"], answer["url"]) == ("failed", "declined", None)
    assert answer["decline"]["code"] == "insufficient_funds"
    assert answer["decline"]["message"].endswith("No money was taken.")


@pytest.mark.parametrize("amount", [1, 1998, 2000, 2**53 - 1])
def test_the_browsers_amount_never_decides(till: Till, shopper: Shopper, amount: int) -> None:
    session = till.session()
    shopper.open(session)
    answer = shopper.post(session, "pay/stripe", pays(till) | {"amount": amount})
    assert answer.status_code == 409
    assert answer.json["error"]["code"] == "amount_changed"
    assert answer.json["error"]["amount"] == 1999
    assert "€19.99" in answer.json["error"]["summary_html"]
    assert till.attempts(session.payment_id) == []


@pytest.mark.parametrize(
    ("body", "status", "code", "field"),
    [
        (b"{", 400, "malformed_request", None),
        (b"[]", 400, "malformed_request", None),
        (b'"x"', 400, "malformed_request", None),
        (b"\xff\xfe", 400, "malformed_request", None),
        ({}, 422, "missing_field", "confirmation_token"),
        ({"confirmation_token": "ctoken_1"}, 422, "missing_field", "amount"),
        ({"confirmation_token": 7, "amount": 1999}, 422, "invalid_value", "confirmation_token"),
        ({"confirmation_token": "c t", "amount": 1}, 422, "invalid_value", "confirmation_token"),
        (
            {"confirmation_token": "ctoken_1", "amount": 1999, "total": 1},
            422,
            "unknown_field",
            "total",
        ),
        (
            {"confirmation_token": "ctoken_1", "amount": 1999, "email": "ada"},
            422,
            "invalid_value",
            "email",
        ),
        (
            {"confirmation_token": "ctoken_1", "amount": 1999, "name": PAN},
            422,
            "raw_card_data_not_accepted",
            "name",
        ),
        (
            {"confirmation_token": "ctoken_unknown", "amount": 1999},
            422,
            "credential_invalid",
            "confirmation_token",
        ),
        *(
            (
                {"confirmation_token": "ctoken_1", "amount": amount},
                422,
                "amount_invalid",
                "amount",
            )
            for amount in (5.7, "100", True, 1e3, 2**63, -1, 0, None, [], {})
        ),
    ],
)
def test_what_cannot_be_read_is_refused_and_nothing_moves(
    shopper: Shopper, body: Any, status: int, code: str, field: str | None
) -> None:
    till, session = shopper.till, shopper.till.session()
    shopper.open(session)
    answer = shopper.post(session, "pay/stripe", body)
    assert (answer.status_code, answer.json["error"]["code"]) == (status, code)
    assert answer.json["error"].get("field") == field
    assert answer.json["request_id"].startswith("req_")
    assert till.attempts(session.payment_id) == []


def test_ten_megabytes_are_refused(till: Till, shopper: Shopper) -> None:
    session = till.session()
    shopper.open(session)
    answer = shopper.post(session, "pay/stripe", b"x" * 10_000_000)
    assert (answer.status_code, answer.json["error"]["code"]) == (413, "payload_too_large")


def test_without_the_pages_own_token_nothing_is_done(till: Till, shopper: Shopper) -> None:
    session = till.session()
    shopper.open(session)
    shopper.token = "forged"
    answer = shopper.post(session, "pay/stripe", pays(till))
    assert (answer.status_code, answer.json["error"]["code"]) == (403, "page_expired")
    page = shopper.submit(session, "pay/paypal/redirect", {"amount": "1999"})
    assert page.status_code == 403
    assert "This page is out of date" in page.text
    assert f'href="/c/{session.id}">See how the payment stands' in page.text
    assert till.attempts(session.payment_id) == []


def test_a_paid_session_answers_with_the_truth(till: Till, shopper: Shopper) -> None:
    session = till.session()
    shopper.open(session)
    shopper.post(session, "pay/stripe", pays(till))
    for path, body in (("pay/stripe", pays(till)), ("pay/paypal", {"amount": 1999})):
        again = shopper.post(session, path, body).json
        assert (again["status"], again["url"]) == ("captured", f"/c/{session.id}")
    assert len(till.attempts(session.payment_id)) == 1


def test_a_page_is_made_of_one_reading_of_its_session(
    till: Till, shopper: Shopper, caplog: pytest.LogCaptureFixture
) -> None:
    session = till.session()
    with caplog.at_level("INFO", "sqlalchemy.engine.Engine"):
        assert shopper.open(session).status_code == 200
    read = [said for said in caplog.messages if re.search(r"FROM checkout_sessions\b", said)]
    assert len(read) == 1


def test_an_expired_session_is_closed_by_the_look_at_it(till: Till, shopper: Shopper) -> None:
    session = till.session()
    shopper.open(session)
    till.later(days=2)
    page = shopper.open(session)
    assert page.status_code == 410
    assert "This checkout has expired" in page.text
    answer = shopper.post(session, "pay/stripe", pays(till)).json
    assert answer["status"] == "expired"
    assert till.attempts(session.payment_id) == []


def test_an_expired_session_does_not_deny_money_that_may_still_come(
    till: Till, shopper: Shopper
) -> None:
    session = till.session(expires_at=clock.now() + timedelta(minutes=6))
    with till.world.gate.spoil("(GET|POST) /stripe/v1/payment_intents.*", "503"):
        till.confirm(session)
        till.later(minutes=17)
        till.settle()
        page = shopper.open(session)
    assert page.status_code == 410
    assert "given back by itself" in page.text
    assert "No money was taken" not in page.text


@pytest.mark.parametrize("card", ["ok", "review"])
def test_a_reservation_whose_time_was_over_is_said_to_be_released(
    till: Till, shopper: Shopper, card: str
) -> None:
    session = till.session(capture="manual")
    till.confirm(session, card)
    [attempt] = till.attempts(session.payment_id)
    till.stripe("POST", f"payment_intents/{attempt.provider_ref}/cancel")
    till.later(days=8)
    till.settle()
    page = shopper.open(session)
    assert page.status_code == 410
    assert "The reservation has ended" in page.text
    assert "€19.99 is released, and nothing was taken." in text_of(page)
    assert "was open until" not in page.text


def test_a_reservation_that_was_let_go_at_the_provider_is_not_said_to_be_over(
    till: Till, shopper: Shopper
) -> None:
    session = till.session(capture="manual")
    till.confirm(session)
    [attempt] = till.attempts(session.payment_id)
    till.stripe("POST", f"payment_intents/{attempt.provider_ref}/cancel")
    till.later(hours=1)
    payments.sync(session.payment_id)
    said = text_of(shopper.open(session))
    assert "The reservation has ended" not in said
    assert f"{till.merchant.name} closed it. No money was taken." in said


def text_of(page: Any) -> str:
    """The words of a page without its marks and signs of direction."""
    return re.sub(r"<[^>]+>|[\u2066-\u2069]", "", page.text)


def test_a_canceled_session_takes_no_money(till: Till, shopper: Shopper) -> None:
    session = till.session()
    shopper.open(session)
    till.cancel(till.payment(session.payment_id))
    assert shopper.post(session, "pay/stripe", pays(till)).json["status"] == "canceled"
    assert shopper.open(session).status_code == 410
    assert till.attempts(session.payment_id) == []


def test_paypal_needs_its_own_order(till: Till, shopper: Shopper) -> None:
    mine, other = till.session(), till.session()
    shopper.open(mine)
    order = shopper.post(other, "pay/paypal", {"amount": 1999}).json["paypal_order_id"]
    shopper.post(mine, "pay/paypal", {"amount": 1999})
    answer = shopper.post(mine, "pay/paypal/approve", {"order": order})
    assert answer.status_code == 404


def test_without_javascript_the_browser_is_sent_to_paypal(till: Till, shopper: Shopper) -> None:
    session = till.session()
    shopper.open(session)
    answer = shopper.submit(session, "pay/paypal/redirect", {"amount": "1999"})
    assert answer.status_code == 303
    assert answer.location.startswith(f"{till.world.url}/paypal/checkoutnow?token=")


def test_without_javascript_a_changed_amount_is_shown_first(till: Till, shopper: Shopper) -> None:
    session = till.session()
    shopper.open(session)
    answer = shopper.submit(session, "pay/paypal/redirect", {"amount": "1"})
    assert answer.status_code == 409
    assert "The amount has changed" in answer.text
    assert "€19.99" in answer.text
    assert till.attempts(session.payment_id) == []


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"quantity": 2}, 422, "quantity"),
        ({"quantity": "2"}, 422, "quantity"),
        ({"quantity": 10**30}, 422, "quantity"),
        ({"amount": "1.00"}, 422, "amount"),
        ({"amount": 100}, 422, "amount"),
        ({"amount": "1" * 400}, 422, "amount"),
        ({"amount": "NaN"}, 422, "amount"),
        ({"amount": "1e3"}, 422, "amount"),
        ({"shipping_option": "free"}, 422, "shipping_option"),
        ({"total": 1}, 422, "total"),
        (b"nonsense", 400, None),
    ],
)
def test_what_the_shopper_may_not_choose(
    till: Till, shopper: Shopper, body: Any, status: int, field: str | None
) -> None:
    session = till.session()
    shopper.open(session)
    answer = shopper.post(session, "update", body)
    assert answer.status_code == status
    assert answer.json["error"].get("field") == field
    assert total(session) == 1999


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("25", "EUR", 2500), ("25.5", "EUR", 2550), ("25,50", "EUR", 2550), (" 1 250,00 ", "EUR", 125000),
        ("1200", "JPY", 1200), ("1.999", "KWD", 1999), ("١٢٫٥", "EUR", 1250), ("१२.५", "INR", 1250),
    ],
)  # fmt: skip
def test_what_a_person_types(text: str, currency: str, minor: int) -> None:
    assert typed_amount(text, currency) == minor


@pytest.mark.parametrize(
    "text", ["", "1e3", "NaN", "-5", "+5", "1,000", "1.2.3", "0x10", "½", "5 EUR", "1.999"]
)
def test_what_is_no_amount(text: str) -> None:
    with pytest.raises(Invalid):
        typed_amount(text, "EUR")


@pytest.mark.parametrize("path", ["/c/cs_nothing", "/c/x/status", "/l/lnk_nothing", "/nowhere"])
def test_unknown_addresses_are_one_page(till: Till, shopper: Shopper, path: str) -> None:
    answer = shopper.open(path)
    assert answer.status_code == 404
    assert "We can’t find this page" in answer.text


def test_a_mistake_of_ours_shows_a_reference_and_no_trace(
    till: Till, shopper: Shopper, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_session_id: str) -> None:
        raise ZeroDivisionError("the secret of the house")

    session = till.session()
    monkeypatch.setattr(payments, "session_of", broken)
    answer = shopper.open(f"/c/{session.id}")
    assert answer.status_code == 500
    assert "Something went wrong on our side" in answer.text
    assert "req_" in answer.text
    assert "secret" not in answer.text


def test_only_the_sites_that_the_merchant_named_may_frame_the_page(
    till: Till, shopper: Shopper
) -> None:
    alone, framed = till.session(), till.session(embed_origins=["https://Shop.example"])
    assert "frame-ancestors 'none'" in shopper.open(alone).headers["Content-Security-Policy"]
    policy = shopper.open(framed).headers["Content-Security-Policy"]
    assert "frame-ancestors https://shop.example" in policy.split("; ")
    assert "frame-ancestors 'none'" in shopper.open(alone).headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "origin",
    [
        "https://shop.example/",
        "https://a.example https://b.example",
        "*",
        "https://x;y",
        "shop.example",
    ],
)
def test_what_is_no_site_cannot_be_named(till: Till, origin: str) -> None:
    with pytest.raises(ValueError, match="embed_origins"):
        till.session(embed_origins=[origin])

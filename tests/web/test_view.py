"""Every state of a payment, a session and a link has a page of its own that tells the truth."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from flask import Flask, g, render_template

from app.web import handoff, view
from app.web.states import FORM, NOTICES
from models.lifecycle import PAYMENT_STATUSES
from models.merchant import PaymentLink
from tests.web.shop import CONFIG, NOW, pages_only, shown

DECLINE = {
    "code": "generic_decline",
    "message": "What programs are told. No money was taken.",
    "retryable": False,
}


@pytest.fixture(scope="module")
def app() -> Flask:
    return pages_only()


@pytest.fixture(autouse=True)
def _request(app: Flask) -> Iterator[None]:
    with app.test_request_context("/c/cs_1"):
        g.csp_nonce = "nonce"
        yield


def html(rows: view.Shown) -> str:
    page = view.page(rows, CONFIG)
    name = "checkout/pay.html" if page.state in FORM else "checkout/notice.html"
    return render_template(name, page=page, test_cards=view.TEST_CARDS)


@pytest.mark.parametrize("status", PAYMENT_STATUSES)
def test_every_status_has_a_page_with_merchant_and_total(status: str) -> None:
    text = html(shown(status=status))
    assert "Acme &amp; Söhne" in text
    assert "€56.40" in text
    assert "<title>" in text


@pytest.mark.parametrize("status", PAYMENT_STATUSES)
def test_only_a_payment_that_can_succeed_shows_a_form(status: str) -> None:
    can_pay = status in {"pending", "failed", "requires_action"}
    assert ('id="submit"' in html(shown(status=status))) is can_pay


def test_every_notice_is_reached_by_a_status_or_a_link() -> None:
    by_status = {view.state_of(shown(status=s).payment) for s in PAYMENT_STATUSES}
    closed = view.state_of(shown(status="expired", decline=DECLINE).payment)
    links = {name for name in NOTICES if name.startswith("link_")}
    own = {"given_back", "lapsed", "waiting", *handoff.OWN_LINES.values()}
    assert by_status | {closed} | own | links >= set(NOTICES)


def test_the_summary_shows_lines_discount_delivery_and_both_kinds_of_tax() -> None:
    text = html(shown())
    for part in ("3 × <bdi>€11.00</bdi>", "−€5.50", "€4.90", "CGST 9%", "Includes VAT 7%"):
        assert part in text, part


def test_a_decline_says_that_no_money_was_taken_and_offers_paypal() -> None:
    text = html(shown(status="failed", decline=DECLINE, provider="stripe"))
    assert "Your bank did not approve this payment." in text
    assert "or ask your bank. No money was taken. You can also pay with PayPal." in text
    assert "<title>Declined – Acme &amp; Söhne</title>" in text


def test_a_closed_session_whose_last_try_was_declined_says_so() -> None:
    assert "This payment was not completed" in html(shown(status="expired", decline=DECLINE))


def test_an_expired_page_says_when_or_who_closed_it() -> None:
    rows = shown(status="expired")
    early = html(rows)
    rows.session.__dict__["expires_at"] = datetime(2020, 1, 2, 3, 4, tzinfo=UTC)
    assert "Söhne closed it. No money was taken." in early
    late = html(rows)
    assert (
        'It was open until <time datetime="2020-01-02T03:04:00Z">2 January 2020, 03:04 UTC' in late
    )
    assert "</time>. No money was taken." in late


def test_the_page_under_review_says_nothing_of_fraud() -> None:
    text = html(shown(status="in_review")).lower()
    assert not [word for word in ("fraud", "risk", "suspicious", "block") if word in text]
    assert "€56.40 is reserved meanwhile and not taken yet." in html(shown(status="in_review"))


def test_a_receipt_shows_what_was_given_back() -> None:
    rows = shown(status="partially_refunded", captured_minor=5640, refunded_minor=1000)
    text = html(rows)
    assert "−€10.00" in text
    assert "€46.40" in text


def test_a_live_page_has_no_banner_and_no_test_cards() -> None:
    live = replace(CONFIG, sandbox_url="", stripe_secret_key="sk_live_x")
    page = view.page(shown(), live)
    text = render_template("checkout/pay.html", page=page, test_cards=view.TEST_CARDS)
    assert "Sandbox" not in text
    assert "4242" not in text


@pytest.mark.parametrize("why", ["deactivated", "expired", "not_started", "used_up"])
def test_a_link_that_cannot_be_used_says_why_and_what_to_do(why: str) -> None:
    link = PaymentLink(
        id="lnk_1", merchant_id="mer_1", title="Tasting", currency="EUR", amount_minor=100,
        starts_at=NOW, expires_at=NOW,
    )  # fmt: skip
    page = view.link_page(link, shown().merchant, why, CONFIG)
    assert page.headline in render_template("checkout/notice.html", page=page)
    assert NOTICES[page.state].status in {403, 410}
    said = page.text.lower()  # who comes back may have paid with it
    assert "you have not been charged" not in said


def test_a_switched_off_link_shows_the_merchants_own_text() -> None:
    link = PaymentLink(
        id="lnk_1", merchant_id="mer_1", title="T", currency="EUR", amount_minor=100,
        is_active=False, inactive_message="<b>Sold out</b>",
    )  # fmt: skip
    page = view.link_page(link, shown().merchant, "deactivated", CONFIG)
    assert "<bdi>&lt;b&gt;Sold out" in render_template("checkout/notice.html", page=page)


def test_what_the_merchant_wrote_keeps_its_direction_on_every_page() -> None:
    text = html(shown())
    for own in ("Standard", "Welcome"):  # a delivery to choose and in the summary, a discount
        assert f"<bdi>{own}</bdi>" in text
        assert f">{own}<" not in text.replace(f"<bdi>{own}</bdi>", "")

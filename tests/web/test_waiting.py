"""Payments that somebody else decides later: a code to scan, and a bank debit."""

from dataclasses import replace

import requests

from app import payments, providers
from models import CheckoutSession, db
from tests.app.payments.test_stripe_methods import GOOD, indian, token
from tests.till import Till
from tests.web.conftest import Shopper


def scanning(till: Till, shopper: Shopper) -> tuple[CheckoutSession, str]:
    """A session whose shopper chose UPI in Stripe's fields; and the page that the script then goes to."""
    indian(till)
    providers.configure(replace(till.config, razorpay_key_id="", razorpay_key_secret=""))
    session = till.session(amount=49900, currency="INR")
    shopper.open(session)
    body = {"confirmation_token": token(till, "upi"), "amount": 49900}
    told = shopper.post(session, "pay/stripe", body).json
    assert (told["state"], told["next_action"]["type"]) == ("waiting", "display_qr")
    assert told["url"] == f"/c/{session.id}"  # where the script goes first of all
    return session, shopper.open(session).text


def test_a_code_is_shown_with_its_deadline_and_a_way_without_it(
    till: Till, shopper: Shopper
) -> None:
    session, page = scanning(till, shopper)
    action = till.payment(session.payment_id).next_action
    assert action is not None
    assert f'src="{action["data"]["image"]}"' in page
    assert 'alt="QR code to pay ₹499.00"' in page
    assert f'<time datetime="{action["expires_at"]}">' in page
    assert f'href="{action["url"]}"' in page
    assert 'id="submit"' not in page
    requests.post(
        action["url"], data={"answer": "pass"}, timeout=10, allow_redirects=False
    ).raise_for_status()
    db.release()
    payments.sync(session.payment_id)
    assert "Payment received" in shopper.open(session).text


def test_who_cancels_the_code_chooses_another_way(till: Till, shopper: Shopper) -> None:
    session, page = scanning(till, shopper)
    assert "Cancel and choose another way" in page
    assert shopper.submit(session, "pay/cancel", {}).status_code == 303
    assert 'id="submit"' in shopper.open(session).text
    assert till.provider_books()["stripe"]["payments"][0]["status"] == "canceled"


def test_a_bank_debit_says_when_the_bank_answers(till: Till, shopper: Shopper) -> None:
    session = till.session()
    shopper.open(session)
    body = {"confirmation_token": token(till, "sepa_debit", GOOD), "amount": 1999}
    assert shopper.post(session, "pay/stripe", body).json["status"] == "processing"
    page = shopper.open(session).text
    assert "Your bank usually answers within 5 working days." in page
    assert "a few seconds" not in page
    _session, _payment, order = payments.session_of(session.id)
    assert order.number in page  # to ask by, in the days until then
    assert "Bank account" in page

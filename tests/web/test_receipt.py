"""The receipt's page and file: there once money moved, nobody else's, and a way back where there is none."""

import re

from tests.till import Till
from tests.web.conftest import Shopper


def test_a_paid_session_has_a_receipt_and_a_file(till: Till, shopper: Shopper) -> None:
    session = till.session()
    till.confirm(session)
    page = shopper.open(session).text
    assert f'href="/c/{session.id}/receipt"' in page
    answer = shopper.open(f"/c/{session.id}/receipt")
    assert answer.status_code == 200
    for fact in ("Receipt", "€19.99", till.merchant.name, "4242", 'content="noindex"'):
        assert fact in answer.text
    file = shopper.client.get(f"/c/{session.id}/receipt.pdf")
    assert file.data.startswith(b"%PDF-")
    assert file.mimetype == "application/pdf"
    assert file.headers["Content-Disposition"].startswith('attachment; filename="receipt-')
    assert file.headers["X-Robots-Tag"].startswith("noindex")
    assert file.headers["Cache-Control"] == "no-store"


def test_before_it_is_paid_there_is_only_the_way_back(till: Till, shopper: Shopper) -> None:
    session = till.session()
    for path in ("receipt", "receipt.pdf"):
        answer = shopper.open(f"/c/{session.id}/{path}")
        assert answer.status_code == 404
        assert f'href="/c/{session.id}"' in answer.text
        assert till.merchant.name in answer.text


def test_an_unknown_session_has_none(shopper: Shopper) -> None:
    answer = shopper.open(f"/c/cs_{'0' * 26}/receipt.pdf")
    assert answer.status_code == 404


def test_it_speaks_the_language_of_the_page(till: Till, shopper: Shopper) -> None:
    session = till.session()
    till.confirm(session)
    page = shopper.open(f"/c/{session.id}/receipt?lang=en-XA").text
    assert "[!!! Réçéípt" in page
    assert f'href="/c/{session.id}/receipt.pdf?lang=en-XA"' in page


def test_a_refund_is_dated_in_the_readers_own_zone_by_the_page(
    till: Till, shopper: Shopper
) -> None:
    session = till.session()
    till.refund(till.confirm(session), 500)
    page = shopper.open(f"/c/{session.id}/receipt").text
    assert re.search(r"Refunded on <time datetime=\"[0-9TZ:-]+\">", page)

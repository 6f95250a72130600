"""Nothing that a shopper can read was forgotten: every page in English disguised, where an unmarked word stands out."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from babel.messages.extract import extract_from_file
from babel.messages.jslexer import tokenize
from flask import Flask, g, render_template

from app import declines, errors, languages
from app.web import failures, handoff, saved, view
from app.web.states import FORM
from app.web.typed import readable, typed_amount
from models.lifecycle import PAYMENT_STATUSES
from models.merchant import PaymentLink
from tests.web.marked import unmarked, words
from tests.web.shop import CONFIG, NOW, pages_only, shown
from tools.languages import KEYWORDS

ROOT = Path(__file__).parents[2]
SCRIPTS = sorted({*view.SCRIPTS, *view.NOTICE_SCRIPTS, *saved.SCRIPTS})
# What looks like words in the scripts and is none: names of headers.
TECHNICAL = {"Accept", "Content-Type", "X-CSRFToken"}
GREEK = "Καφές"


@pytest.fixture(autouse=True)
def _request(app: Flask) -> Iterator[None]:
    with app.test_request_context("/c/cs_1"), languages.speaking(languages.PSEUDO):
        g.csp_nonce = "nonce"
        yield


@pytest.fixture(scope="module")
def app() -> Flask:
    return pages_only()


def rows(**payment: Any) -> view.Shown:
    """A page's rows with no Latin letter in them."""
    found = shown(method={"type": "card", "last4": "4242"}, **payment)
    found.merchant.__dict__["name"] = GREEK
    found.order.__dict__.update(
        number="1234-56789",
        lines=[{**line, "name": GREEK} for line in found.order.lines],
        discounts=[{"name": GREEK, "minor": 550}],
        shipping={"id": "std", "label": GREEK, "minor": 0},
        taxes=[{**tax, "name": GREEK} for tax in found.order.taxes],
    )
    options = [{"id": name, "label": GREEK, "amount": 0} for name in ("std", "pick")]
    found.session.__dict__.update(
        basket={"shipping_options": options}, min_minor=500, max_minor=9000, max_quantity=5
    )
    return found


def render(page: view.Page) -> str:
    name = "checkout/pay.html" if page.state in FORM else "checkout/notice.html"
    return render_template(name, page=page, test_cards=view.TEST_CARDS)


@pytest.mark.parametrize("code", declines.TEXTS)
def test_every_decline(code: str) -> None:
    told = declines.for_shopper({"code": code, "message": "English", "retryable": True}, tries=1)
    assert told is not None
    assert not unmarked(told["message"])


@pytest.mark.parametrize("waiting", ["", "upi"])
def test_the_way_to_razorpay_and_the_wait(waiting: str) -> None:
    data = {"key": "rzp_test_1", **({"waiting": waiting} if waiting else {})}
    action = {"type": "razorpay", "url": "http://127.0.0.1:1/", "order": "order_1", "data": data,
              "expires_at": "2026-11-21T10:24:00+00:00"}  # fmt: skip
    page = view.page(rows(status="requires_action", next_action=action), CONFIG)
    page = replace(page, away=handoff.choices(["upi", "netbanking", "wallet"]))
    assert (page.state, page.hosted is None) == (
        ("waiting", True) if waiting else ("requires_action", False)
    )
    assert not unmarked(words(render(page))) - {"UPI"}


@pytest.mark.parametrize("code", [None, "stolen_card", "insufficient_funds"])
@pytest.mark.parametrize("status", PAYMENT_STATUSES)
def test_every_state(status: str, code: str | None) -> None:
    decline = code and {"code": code, "message": "English", "retryable": True}
    facts = {"status": status, "decline": decline, "provider": "stripe", "attempts_count": 1}
    facts |= {"captured_minor": 5640, "refunded_minor": 100}
    assert not unmarked(words(render(view.page(rows(**facts), CONFIG))))


def test_a_late_end() -> None:
    late = rows(status="expired")
    late.session.__dict__["expires_at"] = NOW
    late_money = replace(late, may_come=True)
    lapsed = replace(late, has_lapsed=True)
    assert not unmarked(words(render(view.page(late, CONFIG))))
    assert not unmarked(words(render(view.page(late_money, CONFIG))))
    assert not unmarked(words(render(view.page(lapsed, CONFIG))))


@pytest.mark.parametrize("why", ["deactivated", "expired", "not_started", "used_up"])
def test_every_closed_link(why: str) -> None:
    link = PaymentLink(
        id="lnk_1", merchant_id="mer_1", title=GREEK, currency="EUR", amount_minor=100,
        starts_at=NOW, expires_at=NOW,
    )  # fmt: skip
    assert not unmarked(words(render(view.link_page(link, rows().merchant, why, CONFIG))))


@pytest.mark.parametrize("kind", errors.tree(), ids=lambda kind: kind.__name__)
def test_every_failure_as_a_page_and_above_the_form(kind: type[errors.AppError]) -> None:
    page, _status = failures.render(kind(), request_id="req_1")
    assert not unmarked(words(page))
    assert (
        not unmarked(failures.said(kind("Only programs read this.")) or "")
        or kind is errors.Invalid
    )
    for bounds in ({"minimum": 1}, {"maximum": 2}, {"minimum": 1, "maximum": 2}, {}):
        assert not unmarked(readable(kind(**bounds), "EUR"))


def test_what_was_mistyped() -> None:
    with pytest.raises(errors.Invalid) as refused:
        typed_amount("much", "EUR")
    assert not unmarked(failures.said(refused.value))


@pytest.mark.parametrize("folder", ["checkout", "errors"])
def test_every_branch_of_every_template(folder: str) -> None:
    for path in sorted((ROOT / "templates" / folder).glob("*.html")):
        fixed = re.sub(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", "", path.read_text(), flags=re.DOTALL)
        assert not unmarked(words(fixed)), path.name


@pytest.mark.parametrize(
    ("first", "handed"),
    [("checkout.js", view.SCRIPTS), ("notice.js", view.NOTICE_SCRIPTS), ("code.js", saved.SCRIPTS)],
)
def test_the_page_hands_over_what_each_of_its_modules_says(
    first: str, handed: tuple[str, ...]
) -> None:
    found, more = set(), {first}
    while more:
        found |= more
        text = " ".join((ROOT / "static" / name).read_text() for name in more)
        more = set(re.findall(r"""(?:from |import\()"\./([a-z_]+\.js)\"""", text)) - found
    assert set(handed) == found


@pytest.mark.parametrize("script", SCRIPTS)
def test_every_string_of_every_script(script: str) -> None:
    path = ROOT / "static" / script
    marked = {
        found[1] for found in extract_from_file("javascript", path, KEYWORDS) if isinstance(found[1], str)
    }  # fmt: skip
    inside = re.findall(r"\$\{[^}]*\b_\(.*", path.read_text())
    assert not inside, "a text within ${…} is not found for the catalogs: name it first"
    for token in tokenize(path.read_text(), jsx=False, dotted=False, template_string=True):
        if token.type in {"string", "template_string"}:
            plain = re.sub(r"\$\{.*?\}", "", token.value[1:-1])
            is_text = re.search(r"^[A-Z][a-z]+|[a-z]{2,} [a-z]{2,} [a-z]{2,}", plain)
            assert not is_text or plain in marked | TECHNICAL, plain
    told = languages.script_texts(languages.PSEUDO, script)
    assert set(told) == marked
    assert not unmarked(" ".join(told.values()))

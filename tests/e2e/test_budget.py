"""What the page may weigh, load and send: counted, never timed."""

import gzip
from collections.abc import Callable

from playwright.sync_api import Page, Response, expect

from tests.e2e import shopper
from tests.e2e.conftest import Watch
from tests.e2e.stack import Stack

MOST_REQUESTS, MOST_BYTES = 6, 40_000  # gzip here, brotli at the edge is smaller
MOST_OWN_FIELDS = 5  # beyond the provider's card frame


def test_the_first_party_load_is_small(stack: Stack, browse: Callable[..., Page]) -> None:
    page = browse()
    own: list[Response] = []
    page.on("response", lambda r: own.append(r) if r.url.startswith(stack.app_url) else None)
    shopper.open_page(page, stack.session()["url"])
    page.wait_for_load_state("networkidle")
    assert len(own) <= MOST_REQUESTS, [response.url for response in own]
    assert sum(len(gzip.compress(response.body())) for response in own) <= MOST_BYTES
    visible = page.locator("input:visible, select:visible, textarea:visible")
    assert visible.count() <= MOST_OWN_FIELDS


def test_nothing_is_sent_to_anybody_else_and_no_policy_is_broken(
    stack: Stack, page: Page, watch: Watch
) -> None:
    shopper.pay_by_card(page, stack.session()["url"], shopper.BANK_ASKS)
    shopper.bank(page).get_by_role("button", name="Complete").click()
    shopper.sees_receipt(page)
    page.wait_for_load_state("networkidle")
    assert watch.problems == []
    assert len(watch.requests) > MOST_REQUESTS  # the watch does see requests


def test_no_card_number_reaches_us(stack: Stack, page: Page, watch: Watch) -> None:
    shopper.pay_by_card(page, stack.session()["url"], shopper.PAYS)
    shopper.sees_receipt(page)
    ours = [r for r in watch.requests if r.url.startswith(stack.app_url)]
    assert ours
    assert not [r.url for r in ours if shopper.PAYS in (r.post_data or "") + r.url]


def test_the_page_leaves_nothing_in_the_windows_namespace(stack: Stack, page: Page) -> None:
    shopper.open_page(page, stack.session()["url"])
    added = page.evaluate(
        "() => { const plain = document.createElement('iframe'); document.body.append(plain);"
        " const known = new Set(Object.getOwnPropertyNames(plain.contentWindow)); plain.remove();"
        " return Object.getOwnPropertyNames(window)"
        ".filter(n => !known.has(n) && !/^\\d+$/.test(n)); }"
    )
    assert set(added) <= {"Stripe", "paypal"}


def test_the_policy_of_the_page(stack: Stack, page: Page) -> None:
    answer = page.goto(stack.session()["url"])
    assert answer is not None
    policy = answer.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["cross-origin-opener-policy"] == "same-origin-allow-popups"
    assert answer.headers["x-content-type-options"] == "nosniff"
    expect(page.locator("#submit")).to_be_enabled()


def test_express_comes_first_and_is_gone_when_there_is_none(stack: Stack, page: Page) -> None:
    session = stack.session()
    shopper.open_page(page, session["url"])
    order = page.evaluate(
        "() => !!(document.getElementById('express').compareDocumentPosition("
        "document.getElementById('pay')) & Node.DOCUMENT_POSITION_FOLLOWING)"
    )
    assert order

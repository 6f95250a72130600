"""Payment links: a session for every visit, what the payer may choose, and links that are over."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.e2e import shopper
from tests.e2e.stack import Stack


def visited(page: Page) -> str:
    """The session that a visit made."""
    return page.url.rsplit("/", 1)[1]


def test_every_visit_is_a_session_of_its_own(stack: Stack, browse: Callable[..., Page]) -> None:
    link = stack.link()
    one, other = browse(), browse()
    shopper.open_page(one, link["url"])
    other.goto(link["url"])
    assert visited(one) != visited(other)
    shopper.fill(one)
    shopper.pay(one)
    shopper.sees_receipt(one)
    expect(other.locator("#submit")).to_be_enabled()


def test_the_payer_chooses_amount_and_quantity_and_the_server_counts(
    stack: Stack, page: Page
) -> None:
    link = stack.link(min_amount=500, max_amount=50000, max_quantity=5)
    shopper.open_page(page, link["url"])
    page.fill("#amount", "12.50")
    page.locator("#amount").blur()
    expect(page.locator("#submit")).to_contain_text("Pay €12.50")
    page.fill("#quantity", "3")
    page.locator("#quantity").blur()
    expect(page.locator("#submit")).to_contain_text("Pay €37.50")
    expect(page.locator("#summary")).to_contain_text("3 × €12.50")
    expect(page.locator("#live")).to_contain_text("The total is now €37.50")
    shopper.fill(page)
    shopper.pay(page)
    shopper.sees_receipt(page)
    session = stack.api("GET", f"/v1/checkout_sessions/{visited(page)}")
    assert shopper.taken(stack, session) == [3750]


def test_an_amount_out_of_bounds_is_said_under_the_field(stack: Stack, page: Page) -> None:
    shopper.open_page(page, stack.link(min_amount=500, max_amount=50000)["url"])
    page.fill("#amount", "1")
    page.locator("#amount").blur()
    expect(page.locator("#amount-error")).to_have_text("Enter at least €5.00 and at most €500.00.")
    page.fill("#amount", "abc")
    page.locator("#amount").blur()
    expect(page.locator("#amount-error")).to_have_text("Enter an amount like 25.00.")


def test_paying_waits_for_an_amount_that_was_just_typed(stack: Stack, page: Page) -> None:
    shopper.open_page(page, stack.link(min_amount=500, max_amount=50000)["url"])
    shopper.fill(page)
    page.fill("#amount", "80")
    shopper.pay(page)  # the click itself takes the focus, and so sends the amount
    shopper.sees_alert(page, "The total has changed")
    expect(page.locator("#submit")).to_contain_text("Pay €80.00")
    session = stack.api("GET", f"/v1/checkout_sessions/{visited(page)}")
    assert shopper.taken(stack, session) == []
    shopper.pay(page)
    shopper.sees_receipt(page)
    assert shopper.taken(stack, session) == [8000]


def test_a_wrong_amount_holds_the_payment_back(stack: Stack, page: Page) -> None:
    shopper.open_page(page, stack.link(min_amount=500, max_amount=50000)["url"])
    shopper.fill(page)
    page.fill("#amount", "1")
    page.locator("#amount").blur()
    expect(page.locator("#amount-error")).to_be_visible()
    shopper.pay(page)
    expect(page.locator("#alert a")).to_have_text(["Enter at least €5.00 and at most €500.00."])


def test_choosing_works_without_javascript(stack: Stack, browse: Callable[..., Page]) -> None:
    page = browse(java_script_enabled=False)
    page.goto(stack.link(min_amount=500, max_amount=50000)["url"])
    page.fill("#amount", "40")
    page.get_by_role("button", name="Update the total").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("€40.00")
    page.fill("#amount", "1")
    page.get_by_role("button", name="Update the total").click()
    shopper.sees_alert(page, "Enter at least €5.00")


def test_delivery_changes_the_total(stack: Stack, page: Page) -> None:
    ways = [
        {"id": "std", "label": "Standard", "amount": 490},
        {"id": "fast", "label": "Express", "amount": 990},
    ]
    item = {"name": "Espresso", "quantity": 1, "unit_amount": 1000}
    session = stack.session(line_items=[item], shipping_options=ways)
    shopper.open_page(page, session["url"])
    expect(page.locator("#submit")).to_contain_text("€14.90")
    page.get_by_role("radio", name="Express").check()
    expect(page.locator("#submit")).to_contain_text("€19.90")
    shopper.fill(page)
    shopper.pay(page)
    shopper.sees_receipt(page)
    assert shopper.taken(stack, session) == [1990]


def test_an_amount_that_changed_in_another_tab_must_be_confirmed(stack: Stack, page: Page) -> None:
    link = stack.link(min_amount=500, max_amount=50000)
    shopper.open_page(page, link["url"])
    shopper.fill(page)
    other = page.context.new_page()
    shopper.open_page(other, page.url)
    other.fill("#amount", "80")
    other.locator("#amount").blur()
    expect(other.locator("#submit")).to_contain_text("€80.00")
    shopper.pay(page)
    shopper.sees_alert(page, "The amount has changed")
    expect(page.locator("#submit")).to_contain_text("Pay €80.00")
    session = stack.api("GET", f"/v1/checkout_sessions/{visited(page)}")
    assert shopper.taken(stack, session) == []
    shopper.pay(page)
    shopper.sees_receipt(page)
    assert shopper.taken(stack, session) == [8000]


def test_a_link_for_one_is_used_up_by_one(stack: Stack, browse: Callable[..., Page]) -> None:
    link = stack.link(max_uses=1)
    early, late = browse(), browse()
    shopper.open_page(early, link["url"])
    shopper.open_page(late, link["url"])
    shopper.fill(early)
    shopper.pay(early)
    shopper.sees_receipt(early)
    late.reload()
    expect(late.get_by_role("heading", level=1)).to_have_text("This payment link has been used")
    answer = late.goto(link["url"])
    assert answer is not None
    assert answer.status == 410


def test_a_link_that_is_switched_off_shows_the_merchants_words(stack: Stack, page: Page) -> None:
    link = stack.link(inactive_message="Sold out. See you in spring!")
    stack.api("PATCH", f"/v1/payment_links/{link['id']}", {"active": False})
    answer = page.goto(link["url"])
    assert answer is not None
    assert answer.status == 410
    expect(page.locator("main")).to_contain_text("Sold out. See you in spring!")


def test_a_link_of_tomorrow_is_not_open_yet(stack: Stack, page: Page) -> None:
    link = stack.link(starts_at="2999-01-01T00:00:00Z")
    answer = page.goto(link["url"])
    assert answer is not None
    assert answer.status == 403
    expect(page.locator("main")).to_contain_text("January 1, 2999 at 12:00 AM UTC")


def test_a_link_of_yesterday_has_expired(stack: Stack, page: Page) -> None:
    link = stack.link(expires_at="2020-01-01T00:00:00Z")
    answer = page.goto(link["url"])
    assert answer is not None
    assert answer.status == 410
    expect(page.locator("main")).to_contain_text("Ask Alma Coffee Roasters for a new link.")


def test_unknown_pages_are_all_the_same(stack: Stack, page: Page) -> None:
    texts = set()
    for path in ("/c/cs_nothing", "/l/lnk_nothing", "/nothing"):
        answer = page.goto(f"{stack.app_url}{path}")
        assert answer is not None
        assert answer.status == 404
        texts.add(page.locator("h1").inner_text() + page.locator(".lead").inner_text())
        expect(page.locator("code")).to_contain_text("req_")
    assert len(texts) == 1

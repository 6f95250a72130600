"""Every state that a hosted page can be in, brought about for real, with the address that shows it."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from tests.e2e import shopper
from tests.e2e.stack import Stack

REVIEWED, DISPUTED = "4000000000009235", "4000000000000259"
ITEMS = [
    {"name": "Single-origin espresso, Huila 250 g", "quantity": 3, "unit_amount": 1100},
    {"name": "Ceramic dripper", "quantity": 1, "unit_amount": 2400},
]
WAYS = [
    {"id": "std", "label": "Standard delivery", "amount": 490},
    {"id": "pick", "label": "Pick up in the shop", "amount": 0},
]
VAT = [{"name": "VAT", "rate_bps": 1900, "inclusive": True}]
OFFER = [{"name": "Welcome offer", "amount": 550}]


def bring_about(stack: Stack, page: Page) -> dict[str, str]:
    """The address of a page in each state, by the name of the state."""
    makers: dict[str, Callable[[Stack, Page], str]] = {
        "open": lambda stack, _page: basket(stack)["url"],
        "choosing": lambda stack, _page: chosen(stack),
        "declined": lambda stack, page: paid(stack, page, shopper.NO_MONEY_LEFT)["url"],
        "requires_action": unfinished,
        "processing": at_paypal,
        "in_review": lambda stack, page: paid(stack, page, REVIEWED, capture="manual")["url"],
        "paid": lambda stack, page: paid(stack, page)["url"],
        "authorized": lambda stack, page: paid(stack, page, capture="manual")["url"],
        "partially_refunded": lambda stack, page: refunded(stack, page, 1000),
        "refunded": lambda stack, page: refunded(stack, page, 5640),
        "receipt": lambda stack, page: f"{refunded(stack, page, 1000)}/receipt",
        "saved_email": lambda stack, _page: f"{basket(stack)['url']}/saved",
        "saved_code": code_sent,
        "no_receipt": lambda stack, _page: f"{basket(stack)['url']}/receipt",
        "chargeback": disputed,
        "expired": lambda stack, _page: expired(stack, basket(stack)),
        "failed": lambda stack, page: expired(stack, paid(stack, page, shopper.DECLINED)),
        "canceled": canceled,
        **{f"link_{why}": link(why) for why in LINKS},
        "waiting": in_the_app,  # last: deliveries brought forward would end the wait
        "unknown": lambda stack, _page: f"{stack.app_url}/c/cs_nothing",
    }
    return {name: make(stack, page) for name, make in makers.items()}


def basket(stack: Stack, **more: Any) -> dict[str, Any]:
    """A session with everything a summary can show."""
    return stack.session(
        line_items=ITEMS, shipping_options=WAYS, discounts=OFFER, tax_rates=VAT,
        cancel_url=f"{stack.sandbox_url}/shop/", **more,
    )  # fmt: skip


def paid(stack: Stack, page: Page, card: str = shopper.PAYS, **more: Any) -> dict[str, Any]:
    session = basket(stack, **more)
    shopper.pay_by_card(page, session["url"], card)
    expect(page).not_to_have_title("Pay Alma Coffee Roasters")
    return session


def chosen(stack: Stack) -> str:
    return str(stack.link(min_amount=500, max_amount=50000, max_quantity=5)["url"])


def unfinished(stack: Stack, page: Page) -> str:
    session = basket(stack)
    shopper.pay_by_card(page, session["url"], shopper.BANK_ASKS)
    shopper.bank(page)
    return str(session["url"])


def at_paypal(stack: Stack, page: Page) -> str:
    session = basket(stack)
    shopper.open_page(page, session["url"])
    popup = shopper.press_paypal(page)
    popup.get_by_label("Bank account, needs review").check()
    popup.locator("button[value=pay]").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Checking your payment")
    return str(session["url"])


def in_the_app(stack: Stack, page: Page) -> str:
    """A request sent to the shopper's app, which they have not answered."""
    page.goto(stack.merchant["india_link_url"])
    page.locator("#away").get_by_role("button", name="UPI").click()
    dialog = page.frame_locator("dialog iframe")
    dialog.get_by_label("UPI ID").fill("asha@okbank")
    dialog.get_by_role("button", name="Send the request").click()
    dialog.get_by_role("button", name="Approve").wait_for()
    return page.url


def code_sent(stack: Stack, page: Page) -> str:
    page.goto(f"{basket(stack)['url']}/saved")
    page.get_by_label("E-mail").fill("ada@example.com")
    page.get_by_role("button", name="Send the code").click()
    page.locator("#left").wait_for()
    return page.url


def refunded(stack: Stack, page: Page, amount: int) -> str:
    session = paid(stack, page)
    stack.api("POST", f"/v1/payments/{session['payment_id']}/refunds", {"amount": amount})
    return str(session["url"])


def disputed(stack: Stack, page: Page) -> str:
    session = paid(stack, page, DISPUTED)
    stack.desk("POST", "/webhooks/deliver", {"within_s": 3600})
    expect(page.get_by_role("heading", level=1)).to_have_text("Payment received")
    for _ in range(100):
        if shopper.status_of(stack, session) == "chargeback":
            return str(session["url"])
        page.wait_for_timeout(200)
    raise AssertionError("the dispute did not arrive")


def expired(stack: Stack, session: dict[str, Any]) -> str:
    stack.api("POST", f"/v1/checkout_sessions/{session['id']}/expire", {})
    return str(session["url"])


def canceled(stack: Stack, _page: Page) -> str:
    session = basket(stack)
    stack.api("POST", f"/v1/payments/{session['payment_id']}/cancel", {})
    return str(session["url"])


LINKS: dict[str, dict[str, Any]] = {
    "deactivated": {"inactive_message": "Sold out. See you in spring!"},
    "used_up": {"max_uses": 1},
    "expired": {"expires_at": "2020-01-01T00:00:00Z"},
    "not_started": {"starts_at": "2999-01-01T00:00:00Z"},
}


def link(why: str) -> Callable[[Stack, Page], str]:
    def make(stack: Stack, page: Page) -> str:
        made = stack.link(**LINKS[why])
        if why == "deactivated":
            stack.api("PATCH", f"/v1/payment_links/{made['id']}", {"active": False})
        if why == "used_up":
            shopper.pay_by_card(page, made["url"])
            shopper.sees_receipt(page)
        return str(made["url"])

    return make

"""Impatient fingers, two tabs, lost connections, blocked scripts: one charge, and a true page."""

from collections.abc import Callable

from playwright.sync_api import Page, Route, expect

from tests.e2e import shopper
from tests.e2e.stack import Stack


def test_twenty_clicks_are_one_charge(stack: Stack, page: Page) -> None:
    session = stack.session()
    shopper.open_page(page, session["url"])
    shopper.fill(page)
    page.evaluate(
        "() => { const form = document.getElementById('pay');"
        " for (let i = 0; i < 20; i++) { document.getElementById('submit').click();"
        " form.requestSubmit(); } }"
    )
    shopper.sees_receipt(page)
    assert shopper.taken(stack, session) == [1200]


def test_enter_pays_and_the_button_is_busy_meanwhile(stack: Stack, page: Page) -> None:
    session = stack.session()
    shopper.open_page(page, session["url"])
    shopper.fill(page)

    def look(route: Route) -> None:
        expect(page.locator("#submit")).to_be_disabled()
        expect(page.locator("#submit")).to_have_attribute("aria-busy", "true")
        route.continue_()

    page.route("**/pay/stripe", look)
    page.press("#name", "Enter")
    shopper.sees_receipt(page)
    assert shopper.taken(stack, session) == [1200]


def test_two_tabs_are_one_charge(stack: Stack, page: Page) -> None:
    session = stack.session()
    other = page.context.new_page()
    for tab in (page, other):
        shopper.open_page(tab, session["url"])
        shopper.fill(tab)
    shopper.pay(page)
    shopper.pay(other)
    shopper.sees_receipt(page)
    shopper.sees_receipt(other)
    assert shopper.taken(stack, session) == [1200]


def test_back_shows_the_receipt_and_not_the_form(stack: Stack, page: Page) -> None:
    session = stack.session()
    shopper.pay_by_card(page, session["url"])
    shopper.sees_receipt(page)
    page.goto(f"{stack.app_url}/nothing")
    page.go_back()
    shopper.sees_receipt(page)
    assert shopper.taken(stack, session) == [1200]


def test_a_reload_in_the_middle_of_the_banks_check(stack: Stack, page: Page) -> None:
    session = stack.session()
    shopper.pay_by_card(page, session["url"], shopper.BANK_ASKS)
    shopper.bank(page)
    page.reload()
    shopper.sees_alert(page, "Your bank’s check was not finished")
    page.get_by_role("button", name="Continue the check").click()
    shopper.bank(page).get_by_role("button", name="Complete").click()
    shopper.sees_receipt(page)
    assert shopper.taken(stack, session) == [1200]


def test_the_page_is_true_before_any_webhook_came(stack: Stack, page: Page) -> None:
    session = stack.session()
    stack.desk("POST", "/webhooks/pause")
    try:
        shopper.pay_by_card(page, session["url"], shopper.BANK_ASKS)
        shopper.bank(page).get_by_role("button", name="Complete").click()
        shopper.sees_receipt(page)
    finally:
        stack.desk("POST", "/webhooks/resume")
    stack.desk("POST", "/webhooks/deliver", {})
    page.reload()
    shopper.sees_receipt(page)
    assert shopper.taken(stack, session) == [1200]


def test_a_webhook_that_comes_before_the_shopper_returns(
    stack: Stack, browse: Callable[..., Page]
) -> None:
    session = stack.session()
    page = browse()
    page.route("**/status", lambda route: route.abort())  # the page hears nothing of its own
    shopper.pay_by_card(page, session["url"], shopper.BANK_ASKS)
    shopper.bank(page).get_by_role("button", name="Complete").click()
    shopper.sees_alert(page, "We are checking what happened to your payment.")
    expect(page.locator("#alert")).to_be_focused()  # the button is far below it on a phone
    stack.desk("POST", "/webhooks/deliver", {})
    page.unroute("**/status")
    shopper.sees_receipt(page)
    assert shopper.taken(stack, session) == [1200]


def test_an_answer_that_got_lost_ends_in_the_true_page(stack: Stack, page: Page) -> None:
    session = stack.session()
    shopper.open_page(page, session["url"])
    shopper.fill(page)

    def lose(route: Route) -> None:
        route.fetch()  # the server did it
        route.abort("connectionreset")  # and the page never heard of it

    page.route("**/pay/stripe", lose)
    shopper.pay(page)
    shopper.sees_receipt(page)
    assert shopper.taken(stack, session) == [1200]


def test_a_request_that_never_arrived_can_be_repeated(stack: Stack, page: Page) -> None:
    session = stack.session()
    shopper.open_page(page, session["url"])
    shopper.fill(page)
    page.route("**/pay/stripe", lambda route: route.abort("connectionrefused"))
    shopper.pay(page)
    shopper.sees_alert(page, "Your payment did not reach us and no money was taken.")
    shopper.settled(page)
    page.unroute("**/pay/stripe")
    shopper.pay(page)
    shopper.sees_receipt(page)
    assert shopper.taken(stack, session) == [1200]


def test_a_silent_provider_is_asked_again_until_the_page_knows(stack: Stack, page: Page) -> None:
    session = stack.session()
    intents = {"provider": "stripe", "path_prefix": "/v1/payment_intents", "times": 100}
    shopper.open_page(page, session["url"])
    shopper.fill(page)
    stack.desk("POST", "/faults", {**intents, "method": "POST", "kind": "error_after_execute"})
    stack.desk("POST", "/faults", {**intents, "method": "GET", "kind": "error"})
    try:
        shopper.pay(page)
        expect(page.get_by_role("heading", level=1)).to_have_text("Checking your payment")
    finally:
        stack.desk("DELETE", "/faults")
    shopper.sees_receipt(page)
    assert shopper.taken(stack, session) == [1200]


def test_a_blocked_card_script_leaves_paypal_and_a_way_to_try_again(
    stack: Stack, page: Page
) -> None:
    session = stack.session()
    page.route("**/stripe.js", lambda route: route.abort())
    page.goto(session["url"])
    shopper.sees_alert(page, "The card fields did not load")
    shopper.sees_alert(page, "You can also pay with PayPal.")
    expect(page.locator("#submit")).to_be_disabled()
    expect(page.locator("#paypal-button iframe")).to_be_visible()
    page.unroute("**/stripe.js")
    page.get_by_role("button", name="Try again").click()
    shopper.settled(page)
    expect(page.locator("#alert")).to_be_hidden()


def test_a_card_script_that_never_answers_is_told_within_eight_seconds(
    stack: Stack, page: Page
) -> None:
    page.clock.install()
    page.route("**/stripe.js", lambda _route: None)
    page.goto(stack.session()["url"], wait_until="domcontentloaded")
    expect(page.locator("#submit")).to_be_disabled()
    page.clock.run_for(8000)
    shopper.sees_alert(page, "The card fields did not load")


def test_a_blocked_paypal_script_leaves_the_way_to_paypal_itself(stack: Stack, page: Page) -> None:
    session = stack.session()
    page.route("**/sdk/js*", lambda route: route.abort())
    shopper.open_page(page, session["url"])
    page.get_by_role("button", name="Pay €12.00 with PayPal").click()
    page.locator("button[value=pay]").click()
    shopper.sees_receipt(page)
    assert shopper.taken(stack, session) == [1200]


def test_a_page_that_is_out_of_date_says_so(stack: Stack, page: Page) -> None:
    session = stack.session()
    shopper.open_page(page, session["url"])
    shopper.fill(page)
    page.context.clear_cookies()
    shopper.pay(page)
    shopper.sees_alert(page, "This page is out of date")
    page.get_by_role("button", name="Reload the page").click()
    shopper.settled(page)
    assert shopper.taken(stack, session) == []


def test_a_session_that_was_closed_meanwhile_ends_in_its_own_page(stack: Stack, page: Page) -> None:
    session = stack.session()
    shopper.open_page(page, session["url"])
    shopper.fill(page)
    stack.api("POST", f"/v1/checkout_sessions/{session['id']}/expire", {})
    shopper.pay(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("This checkout has expired")
    assert shopper.taken(stack, session) == []

"""The review queue in a real browser: by keyboard only, without JavaScript, in two tabs, and with no barriers."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import select

from app import people
from app.reviews import act, locks
from app.reviews.decide import decide
from models import Review, RiskPolicy, User, clock, db
from models.ids import new_id
from tests.app.reviews.held import case, held
from tests.e2e.test_account import SMALL
from tests.e2e.test_states import TAGS
from tests.people import make_user
from tests.till import Till
from tests.web.conftest import application
from tests.web.desk import Desk, open_desk

__all__ = ["application"]  # a fixture, used by its name

Sit = Callable[..., Page]


@pytest.fixture
def desk(application: Flask, quick_passwords: None, browser: Browser) -> Iterator[Desk]:
    with open_desk(application, browser) as opened:
        yield opened


@pytest.fixture
def ada(desk: Desk) -> User:
    return make_user("analyst", email="ada@till.example")


@pytest.fixture
def page(desk: Desk, ada: User) -> Page:
    return watched(desk.sit_down(ada))


def watched(context: BrowserContext) -> Page:
    """A page whose scripts must not fail and must not break the policy."""
    page = context.new_page()
    page.on("pageerror", lambda error: pytest.fail(f"script: {error}"))
    page.on("console", lambda told: told.type == "error" and refused(told.text))
    return page


def refused(text: str) -> None:
    assert "Failed to load resource" in text, text


def in_case(page: Page) -> str:
    page.wait_for_url(re.compile(r"/review/rev_\w+"))
    found = re.search(r"rev_\w+", page.url)
    assert found
    return found[0]


def verdicts() -> dict[str, str | None]:
    return {row.id: row.verdict for row in db.session().execute(select(Review.id, Review.verdict))}


def test_what_is_left_of_a_hold_is_counted_by_the_servers_clock(
    till: Till, desk: Desk, page: Page
) -> None:
    held(till, 1000, hours=6 * 24)
    page.clock.install(time=clock.now() - timedelta(days=30))
    page.goto(f"{desk.url}/review")
    page.clock.run_for(5000)
    expect(page.locator("time[data-left]")).to_have_text(re.compile("^in 5 d 23 h$"))


def test_twenty_cases_are_decided_with_the_keyboard_only(
    till: Till, desk: Desk, page: Page
) -> None:
    wanted = {held(till, 1000 + n, worth=20.0 - n).id: None for n in range(20)}
    said = [
        ("a", "1", "approve"),
        ("d", "1", "decline"),
        ("f", "1", "fraud"),
        ("a", "2", "approve"),
    ]
    page.goto(f"{desk.url}/review")
    page.keyboard.press("n")
    given: dict[str, str | None] = {}
    for number in range(20):
        review_id = in_case(page)
        expect(page.get_by_text("You have this case")).to_be_visible()
        page.wait_for_load_state()  # from then on the keys are heard
        key, digit, verdict = said[number % 4]
        page.keyboard.press(key)
        expect(page.locator(".verdict.armed")).to_be_visible()
        page.keyboard.press(digit)
        page.wait_for_url(lambda url, left=review_id: f"/review/{left}" not in url)
        given[review_id] = verdict
    expect(page.get_by_text("Nothing to review")).to_be_visible()
    assert given.keys() == wanted.keys()
    assert verdicts() == given
    till.later(seconds=11)
    act.act_due(30)
    ends = {till.payment(case(one).payment_id).status for one, v in given.items() if v == "approve"}
    assert ends == {"captured"}
    ends = {till.payment(case(one).payment_id).status for one, v in given.items() if v != "approve"}
    assert ends == {"canceled"}


def test_an_order_that_is_held_is_approved_by_keyboard_and_captured(
    till: Till, desk: Desk, page: Page
) -> None:
    always = {"mode": "thresholds", "challenge_at": 0, "hold_at": 0, "block_at": 101}
    policy = RiskPolicy(
        id=new_id("pol"), merchant_id=till.merchant.id, settings=always, author="usr_x"
    )
    with db.transaction():
        db.insert(policy)
    session = till.session(5600)
    assert till.confirm(session).status == "in_review"
    shopper = page.context.browser.new_page()  # type: ignore[union-attr]
    shopper.goto(f"{desk.url}/c/{session.id}")
    told = shopper.locator("main").inner_text()
    assert "We are checking your order" in told
    for word in ("fraud", "risk", "score", "suspicious", "review"):
        assert word not in told.lower()
    shopper.close()
    page.goto(f"{desk.url}/review")
    page.keyboard.press("j")
    page.keyboard.press("o")
    in_case(page)
    page.keyboard.press("a")
    page.keyboard.press("1")
    expect(page.get_by_text("Decided. You can take it back")).to_be_visible()
    page.wait_for_load_state()  # from then on the keys are heard
    till.later(seconds=11)
    till.settle()
    assert till.payment(session.payment_id).status == "captured"


def test_a_verdict_is_taken_back_with_one_key(till: Till, desk: Desk, page: Page) -> None:
    review = held(till)
    page.goto(f"{desk.url}/review/{review.id}")
    page.keyboard.press("c")
    expect(page.get_by_text("You have this case")).to_be_visible()
    page.wait_for_load_state()  # from then on the keys are heard
    page.keyboard.press("f")
    page.keyboard.press("Escape")
    page.keyboard.press("1")  # nothing waits for it any more
    page.keyboard.press("d")
    page.keyboard.press("3")
    expect(page.get_by_text("Decided. You can take it back")).to_be_visible()
    page.wait_for_load_state()  # from then on the keys are heard
    assert case(review.id).verdict == "decline"
    page.keyboard.press("u")
    expect(page.get_by_text("Taken back: the case is yours again.")).to_be_visible()
    page.wait_for_load_state()  # from then on the keys are heard
    assert case(review.id).verdict is None


def test_keys_move_search_open_and_explain(till: Till, desk: Desk, page: Page) -> None:
    first, second = held(till, worth=9), held(till, worth=1)
    page.goto(f"{desk.url}/review")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    page.keyboard.press("j")  # not behind the dialog
    page.keyboard.press("Escape")
    expect(page.locator("tr.marked")).to_have_count(0)
    for key in ("j", "j", "j", "k", "j"):
        page.keyboard.press(key)
    page.keyboard.press("Enter")
    assert in_case(page) == second.id
    page.go_back()
    page.keyboard.press("/")
    expect(page.locator("#f-q")).to_be_focused()
    page.keyboard.type(f"{first.id} aden?/")  # keys that would act, were this not a field
    assert case(first.id).lock_by is None
    page.locator("#f-q").fill(first.payment_id)
    page.keyboard.press("Enter")
    expect(page.locator("tr[data-row]")).to_have_count(1)


def test_keys_are_quiet_in_fields_and_where_they_are_switched_off(
    till: Till, desk: Desk, page: Page, ada: User
) -> None:
    review = held(till)
    page.goto(f"{desk.url}/review/{review.id}")
    page.locator("#reason").press_sequentially("a1 d1 f1 c n u")
    assert case(review.id).verdict is None
    assert page.url.endswith(review.id)
    with db.transaction():
        db.update_by_id(User, ada.id, settings={people.SHORTCUTS: False})
    page.reload()
    page.locator("h1").click()
    page.keyboard.press("c")
    page.keyboard.press("a")
    page.keyboard.press("1")
    expect(page.locator(".verdict.armed")).to_have_count(0)
    expect(page.locator("kbd:visible")).to_have_count(0)
    assert (case(review.id).verdict, case(review.id).lock_by) == (None, None)


def test_leaving_gives_the_case_back_and_acting_on_it_does_not(
    till: Till, desk: Desk, page: Page, ada: User
) -> None:
    review = held(till)
    page.goto(f"{desk.url}/review/{review.id}")
    page.keyboard.press("c")
    expect(page.get_by_text("You have this case")).to_be_visible()
    page.wait_for_load_state()  # from then on the keys are heard
    page.locator("#text").fill("@chiara please look")
    page.get_by_role("button", name="Add the comment").click()
    expect(page.locator(".said")).to_have_text("@chiara please look")
    assert case(review.id).lock_by == ada.id
    page.get_by_role("link", name="Back to the queue").click()
    expect(page.get_by_role("heading", name="Review queue")).to_be_visible()
    for _ in range(100):
        if case(review.id).lock_by is None:
            break
        page.wait_for_timeout(100)
    assert locks.take(review.id, by="usr_b", scope=None).lock_by == "usr_b"


def test_what_was_typed_outlives_the_session_until_it_is_sent(
    till: Till, desk: Desk, page: Page
) -> None:
    review = held(till)
    page.goto(f"{desk.url}/review/{review.id}")
    page.locator("#text").press_sequentially("They called back.")
    cookies = page.context.cookies()
    page.context.clear_cookies()
    page.get_by_role("button", name="Add the comment").click()
    expect(page.get_by_text("They called back.")).to_have_count(0)
    page.context.add_cookies(cookies)  # type: ignore[arg-type]
    page.goto(f"{desk.url}/review/{review.id}")
    expect(page.locator("#text")).to_have_value("They called back.")
    page.get_by_role("button", name="Add the comment").click()
    expect(page.locator(".said")).to_have_text("They called back.")
    expect(page.locator("#text")).to_have_value("")


def test_it_works_without_javascript(till: Till, desk: Desk, ada: User) -> None:
    review, other = held(till, worth=9), held(till, worth=1)
    page = desk.sit_down(ada, java_script_enabled=False).new_page()
    page.goto(f"{desk.url}/review")
    page.get_by_role("button", name="Take the next case").click()
    assert in_case(page) == review.id
    page.get_by_role("button", name="Rightly held, in order").click()
    assert in_case(page) == other.id
    page.get_by_role("button", name="Undo").click()
    assert in_case(page) == review.id
    page.get_by_text("Put off until later").click()
    page.get_by_role("button", name="4 hours").click()
    expect(page.get_by_text("Put off: it comes back by itself.")).to_be_visible()
    page.get_by_label("File").set_input_files(
        {"name": "call.txt", "mimeType": "text/html", "buffer": b"They called."}
    )
    page.get_by_role("button", name="Attach the file").click()
    expect(page.get_by_role("link", name="call.txt")).to_be_visible()
    assert (case(review.id).verdict, case(review.id).snoozed_until is None) == (None, False)


def test_nobody_is_shut_out_of_the_queue(till: Till, desk: Desk, page: Page, ada: User) -> None:
    keys = {"ip_key": "ip7"}
    shown, taken, closed = (held(till, 1000 * n, keys=keys) for n in (1, 2, 3))
    act_on = {"by": ada.id, "scope": None}
    locks.take(taken.id, by=make_user("admin").id, scope=None)
    decide(closed.id, "fraud", "confirmed_fraud", undo_s=0, **act_on)
    act.act_due(5)
    where = (
        ("/review", 375, "dark"),
        (f"/review/{shown.id}", 375, "dark"),
        (f"/review/{shown.id}/cluster/ip", 375, "light"),
        ("/review?min=5", 1280, "light"),
        ("/review?level=highest", 1280, "dark"),
        (f"/review/{shown.id}", 1280, "light"),
        (f"/review/{taken.id}", 1280, "dark"),
        (f"/review/{closed.id}?done={closed.id}", 1280, "light"),
    )
    found = {}
    for path, width, scheme in where:
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=scheme)
        page.goto(f"{desk.url}{path}")
        page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
        options = {"runOnly": {"type": "tag", "values": TAGS}, "iframes": False}
        told = Axe().run(page, options=options).response["violations"]
        told = [f"{one['id']}: {[node['html'][:120] for node in one['nodes']]}" for one in told]
        told += page.evaluate(SMALL)
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            told.append("scrolls sideways")
        if told:
            found[path] = told
    assert found == {}

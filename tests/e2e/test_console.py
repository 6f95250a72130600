"""The risk console in a real browser: a rule from the first letter to its approval, charts by keyboard, no barriers."""

import re
from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import select

from app.console import lists
from app.screening import force
from models import RiskRule, db
from tests.app.console import rows
from tests.e2e.test_account import SMALL
from tests.e2e.test_states import TAGS
from tests.people import make_user
from tests.till import Till
from tests.web.conftest import application
from tests.web.desk import Desk, open_desk

__all__ = ["application"]  # a fixture, used by its name

Come = Callable[..., Page]
PAGES = (
    "", "/rules", "/rules/new?text=review+if+:amout:+>+5", "/lists", "/lists/trusted", "/policy",
    "/simulator", "/models", "/models/shipped", "/analytics",
)  # fmt: skip


@pytest.fixture
def desk(application: Flask, quick_passwords: None, browser: Browser) -> Iterator[Desk]:
    with open_desk(application, browser) as opened:
        yield opened


@pytest.fixture
def come(desk: Desk, till: Till) -> Come:
    """Somebody new with a role, at a page of their own whose scripts must not fail."""

    def sit(role: str, **options: object) -> Page:
        of = till.merchant.id if role == "analyst" else None
        return watched(desk.sit_down(make_user(role, merchant_id=of), **options))

    return sit


def watched(context: BrowserContext) -> Page:
    page = context.new_page()
    page.on("pageerror", lambda error: pytest.fail(f"script: {error}"))
    page.on("console", lambda told: told.type == "error" and refused(told.text))
    return page


def refused(text: str) -> None:
    assert "Failed to load resource" in text, text


def rule() -> RiskRule:
    db.release()
    db.session().expire_all()
    return db.session().scalars(select(RiskRule)).one()


def test_a_rule_is_written_tried_proposed_and_approved_by_somebody_else(
    till: Till, desk: Desk, come: Come
) -> None:
    rows.fill(till.merchant.id, per_day=4)
    ana, boss = come("analyst"), come("admin")
    ana.goto(f"{desk.url}/risk/rules")
    ana.get_by_role("link", name="Write a rule").click()
    text = ana.get_by_label("The rule")
    text.press_sequentially("review if :amout: > 50 EUR", delay=5)
    check = ana.locator("#check")
    expect(check).to_contain_text("Did you mean :amount:?")
    expect(check.locator("pre")).to_have_text("review if :amout: > 50 EUR\n          ^")
    expect(text).to_have_attribute("aria-invalid", "true")
    text.fill("review if :amount: > 50 EUR")
    expect(check).to_contain_text("This rule holds for review.")
    expect(text).not_to_have_attribute("aria-invalid", "true")
    expect(ana.get_by_role("button", name="Save as a proposal")).to_have_count(0)

    ana.get_by_role("button", name="See what it would have done").click()
    expect(ana.get_by_text("Good customers hit")).to_be_visible()
    save = ana.get_by_role("button", name="Save as a proposal")
    ana.get_by_label("The rule").fill("review if :amount: > 51 EUR")
    expect(save).to_be_disabled()
    ana.get_by_label("The rule").fill("review if :amount: > 50 EUR")
    expect(save).to_be_enabled()
    save.click()
    ana.wait_for_url(re.compile(r"/risk/rules/rul_"))
    expect(ana.get_by_text("It waits for somebody who may approve rules.")).to_be_visible()
    expect(ana.get_by_role("button", name="Approve")).to_have_count(0)

    boss.goto(f"{desk.url}/risk/rules/{rule().id}")
    boss.get_by_role("button", name="Approve: make it live").click()
    expect(boss.get_by_text("The rule is live.")).to_be_visible()
    assert rule().state == "live"
    assert [one.rule.text for one in force.setting(till.merchant.id).rules] == [
        "review if :amount: > 50 EUR"
    ]


def test_everything_can_be_done_without_scripts(till: Till, desk: Desk, come: Come) -> None:
    rows.fill(till.merchant.id, per_day=4)
    ana = come("analyst", java_script_enabled=False)
    ana.goto(f"{desk.url}/risk/rules/new")
    ana.get_by_label("The rule").fill("block if :score: >= 90")
    ana.get_by_role("button", name="See what it would have done").click()
    ana.get_by_role("button", name="Save as a proposal").click()
    expect(ana.get_by_role("heading", name="Rule Proposed")).to_be_visible()
    ana.goto(f"{desk.url}/risk/simulator")
    ana.get_by_label("Decide by").select_option("thresholds")
    ana.locator("main").get_by_role("button", name="Show").click()
    assert "mode=thresholds" in ana.url
    ana.goto(f"{desk.url}/risk")
    ana.get_by_role("button", name="Switch on for Acme").click()
    expect(ana.get_by_role("button", name="Switch off")).to_be_visible()


def test_a_chart_is_read_with_arrow_keys(till: Till, desk: Desk, come: Come) -> None:
    rows.fill(till.merchant.id, per_day=4)
    page = come("analyst")
    page.goto(f"{desk.url}/risk/analytics")
    figure = page.locator("figure").filter(has_text="Alert rate per day")
    figure.locator("[tabindex='0'][data-says]").focus()
    first = figure.locator(".says").inner_text()
    page.keyboard.press("ArrowRight")
    expect(figure.locator(".says")).not_to_have_text(first)
    page.keyboard.press("Home")
    expect(figure.locator(".says")).to_have_text(first)
    assert figure.locator("svg [tabindex='0']").count() == 1
    figure.get_by_text("The same as a table").click()
    expect(figure.get_by_role("table")).to_contain_text("%")


def test_a_slider_shows_its_effect_at_once(till: Till, desk: Desk, come: Come) -> None:
    rows.fill(till.merchant.id, per_day=4)
    page = come("analyst")
    page.goto(f"{desk.url}/risk/analytics")
    page.get_by_role("slider", name="Threshold").fill("40")
    expect(page.locator("#at-threshold")).to_contain_text("Stopping from 40 on")
    assert "at=40" in page.url


@pytest.mark.parametrize(("width", "scheme"), [(375, "dark"), (1280, "light")])
def test_no_page_has_a_barrier_or_is_wider_than_the_screen(
    till: Till, desk: Desk, come: Come, width: int, scheme: str
) -> None:
    rows.fill(till.merchant.id, per_day=4)
    lists.put(till.merchant.id, "trusted", "email", "someone.long@example.com", by="x")
    page = come("admin", viewport={"width": width, "height": 800}, color_scheme=scheme)
    for path in PAGES:
        mark = "&" if "?" in path else "?"
        page.goto(f"{desk.url}/risk{path}{mark}merchant={till.merchant.id}")
        found = Axe().run(page, options={"runOnly": {"type": "tag", "values": TAGS}})
        assert found.violations_count == 0, f"{path}: {found.generate_report()}"
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        assert page.evaluate(SMALL) == [], path

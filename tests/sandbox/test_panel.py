"""The desk as a page: what exists, what was sent, what to break next; and no order from anywhere else."""

import html
import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import Client

from sandbox import SandboxConfig, clock, create_sandbox, presets
from sandbox.presets import PRESETS
from sandbox.providers import PROVIDERS, TITLES

KEY = {"Authorization": "Bearer sk_test_sandbox"}


@pytest.fixture
def world() -> Iterator[Flask]:
    app = create_sandbox(SandboxConfig())
    yield app
    app.extensions["sandbox"].hooks.stop()
    clock.follow("")


def page(world: Flask, **query: str) -> str:
    answer = Client(world).get("/sandbox/", query_string=query)
    assert answer.status_code == 200
    assert "script" not in answer.headers["Content-Security-Policy"]
    return answer.get_data(as_text=True)


def press(world: Flask, do: str, headers: Any = None, **form: str) -> str:
    answer = Client(world).post("/sandbox/do", data={"do": do, **form}, headers=headers)
    assert answer.status_code == 303, answer.get_data(as_text=True)
    shown = Client(world).get("/sandbox/" + answer.headers["Location"].removeprefix("./"))
    return shown.get_data(as_text=True)


def paid(world: Flask, **more: str) -> str:
    form = {
        "amount": "1999",
        "currency": "eur",
        "confirm": "true",
        "payment_method": "pm_card_visa",
    }
    form |= {"automatic_payment_methods[enabled]": "true", "return_url": "https://shop.example/"}
    answer = Client(world).post("/stripe/v1/payment_intents", data=form | more, headers=KEY)
    assert answer.status_code == 200, answer.json
    return str(answer.json["id"])


def test_an_empty_world_says_where_to_begin(world):
    told = page(world)
    assert "Nothing yet. Pay something in the" in told
    assert "Nothing: everything works." in told


def test_a_payment_is_shown_with_what_was_asked_about_it(world):
    first, second = paid(world), paid(world, amount="500")
    told = page(world)
    assert "19.99 EUR" in told
    assert "5.00 EUR" in told
    chosen = page(world, provider="stripe", payment=first)
    Client(world).get(f"/stripe/v1/payment_intents/{second}", headers=KEY)
    assert f"/v1/payment_intents/{second}" in page(world)
    assert f"/v1/payment_intents/{second}" not in page(world, provider="stripe", payment=first)
    assert "Do to 19.99 EUR at Stripe" in chosen


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("key", PRESETS)
def test_every_button_arms_what_it_says(world, key, provider):
    told = press(world, f"break:{key}", provider=provider)
    assert f"Armed for whatever comes next at {TITLES[provider]}" in told
    [script] = world.extensions["sandbox_watch"].faults.told()
    assert script["name"] == PRESETS[key].title
    told = press(world, f"stop:{script['id']}", provider=provider)
    assert "Nothing: everything works." in told


def test_a_button_breaks_only_the_chosen_payment(world):
    mine, other = paid(world), paid(world)
    press(world, "break:down", provider="stripe", payment=mine)
    asked = [Client(world).get(f"/stripe/v1/payment_intents/{one}", headers=KEY).status_code
             for one in (mine, other)]  # fmt: skip
    assert asked == [500, 200]


def test_acts_are_done_or_said_why_not(world):
    intent = paid(world)
    assert "Done at Stripe" in press(world, "act:refund", provider="stripe", payment=intent)
    told = press(world, "act:refund", provider="stripe", payment=intent)
    assert "Not done: Charge ch_" in told
    assert 'class="said failed"' in told
    assert "choose a payment first" in press(world, "act:refund", provider="stripe")
    for unknown in ("act:explode", "break:no", "pass:1 year", "nothing", ""):
        assert "Not done" in press(world, unknown, provider="stripe", payment=intent)


def test_time_passes_by_a_button(world):
    paid(world, capture_method="manual")
    before = clock.now()
    told = press(world, "pass:30 days")
    assert "things happened at the providers" in told
    assert (clock.now() - before).days == 30
    assert "canceled" in page(world)


def test_a_day_stands_beside_each_time_because_a_month_may_pass_in_a_second(world):
    paid(world)
    asked = world.extensions["sandbox_watch"].log[0]
    told = press(world, "pass:30 days", provider="stripe")
    assert re.search(r"It is \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC now", told)
    assert asked["at"][5:19].replace("T", " ") in told


def test_limits_and_waiting_webhooks_are_shown_as_armed(world):
    for provider, title in TITLES.items():
        assert f'value="limit:{provider}"' in page(world)
        assert f"Limits of {title}" in press(world, f"limit:{provider}")
        assert f"Limits of {title}" not in press(world, f"limit:{provider}")
    world.extensions["sandbox"].hooks.pause()
    assert "Webhooks wait" in page(world)
    assert "<b>Webhooks wait</b>" not in press(world, "webhooks:resume")


def test_a_payment_says_what_became_of_it(world):
    assert "disputed</mark>" not in page(world)
    back = paid(world, **{"metadata[payment_id]": "pay_01m8nn07mpy9qe405hp7s4g6rz"})
    other = paid(world, amount="500")
    form = {"payment_intent": back, "amount": "700"}
    assert Client(world).post("/stripe/v1/refunds", data=form, headers=KEY).status_code == 200
    press(world, "act:dispute", provider="stripe", payment=other)
    told = page(world)
    assert "<mark>refunded 7.00 EUR</mark>" in told
    assert "<mark>disputed</mark>" in told
    assert "in Till <code>pay_01m8nn07mpy9qe405hp7s4g6rz</code>" in told


def test_a_hold_that_was_let_go_was_not_refunded(world):
    canceled, partly = paid(world, capture_method="manual"), paid(world, capture_method="manual")
    for path, form in (
        (f"{canceled}/cancel", {}),
        (f"{partly}/capture", {"amount_to_capture": "500"}),
    ):
        answer = Client(world).post(f"/stripe/v1/payment_intents/{path}", data=form, headers=KEY)
        assert answer.status_code == 200, answer.json
    assert "<mark>refunded" not in page(world)


def test_an_order_is_known_by_what_till_calls_its_payment(world):
    order = ordered(world, reference_id="pay_01m8nn07mpy9qe405hp7s4g6rz")
    answer = Client(world).get("/sandbox/", query_string={"find": "pay_01m8nn07mpy9qe405hp7s4g6rz"})
    assert answer.headers["Location"] == f"./?provider=paypal&payment={order}"
    ordered(world)
    assert page(world).count("in Till <code>") == 1


def ordered(world: Flask, **more: str) -> str:
    config = world.extensions["sandbox"].config
    who = (config.paypal_client_id, config.paypal_client_secret)
    token = Client(world).post(
        "/paypal/v1/oauth2/token", data={"grant_type": "client_credentials"}, auth=who
    )
    unit = {"amount": {"value": "12.00", "currency_code": "EUR"}} | more
    answer = Client(world).post(
        "/paypal/v2/checkout/orders",
        json={"intent": "CAPTURE", "purchase_units": [unit]},
        headers={"Authorization": f"Bearer {token.json['access_token']}"},
    )
    assert answer.status_code == 201, answer.json
    return str(answer.json["id"])


def test_what_a_dispute_about_goods_does_is_told_in_each_providers_words(world):
    assert "The bank has the money back" in sentence(page(world, payment=paid(world)))
    told = sentence(page(world, provider="paypal", payment=ordered(world)))
    assert "Nothing yet, an inquiry" in told


def sentence(told: str) -> str:
    return told.partition("“nothing came”")[2].partition("</div>")[0]


def test_webhooks_are_held_back_and_sent_by_buttons(world):
    assert 'value="webhooks:pause"' in page(world)
    assert "<b>Webhooks wait</b>" in press(world, "webhooks:pause")
    assert 'value="webhooks:pause"' not in page(world)
    assert "<b>Webhooks wait</b>" not in press(world, "webhooks:resume")
    assert "Not done" in press(world, "webhooks:explode")


def test_a_refusal_speaks_of_payments_and_fields_and_not_of_addresses_and_classes(world):
    told = press(world, "act:refund", provider="stripe", payment="pi_none")
    assert "Stripe has no payment of that name" in told
    answer = Client(world).post("/sandbox/do", data={"do": "script:", "script": "[]"})
    assert "Not done: the script: It should be a JSON object." in answer.get_data(as_text=True)


def test_what_was_sent_says_about_which_payment(world):
    intent = paid(world)
    Client(world).get(f"/stripe/v1/payment_intents/{intent}", headers=KEY)
    link = f'<a href="./?provider=stripe&amp;payment={intent}">19.99 EUR</a>'
    assert page(world).count(link) == 1  # the webhooks have nowhere to go here
    assert link not in page(world, provider="stripe", payment=intent)


def test_a_payment_is_found_by_whatever_somebody_calls_it(world):
    for _ in range(45):
        paid(world)  # more than are listed
    mine = paid(world, **{"metadata[payment_id]": "pay_01m8nn07mpy9qe405hp7s4g6rz"})
    for _ in range(45):
        paid(world)
    for name in (mine, "pay_01m8nn07mpy9qe405hp7s4g6rz"):
        answer = Client(world).get("/sandbox/", query_string={"find": name})
        assert answer.headers["Location"] == f"./?provider=stripe&payment={mine}"
    assert "Do to 19.99 EUR at Stripe" in page(world, provider="stripe", payment=mine)
    assert "No payment here is called pay_nobody" in page(world, find="pay_nobody")


def test_a_refund_of_the_chosen_payment_can_be_spoilt(world):
    mine, other = paid(world), paid(world)
    press(world, "break:failing", provider="stripe", payment=mine)
    asked = [Client(world).post("/stripe/v1/refunds", data={"payment_intent": one}, headers=KEY).status_code
             for one in (other, mine)]  # fmt: skip
    assert asked == [200, 500]


def test_a_script_is_played_from_the_page(world):
    assert presets.EXAMPLE.splitlines()[0] in html.unescape(page(world))
    told = press(world, "script:", script=presets.EXAMPLE)
    assert "Armed: A bad day, 3 steps" in told
    [script] = world.extensions["sandbox_watch"].faults.told()
    assert [step["state"] for step in script["steps"]] == ["armed", "waiting", "waiting"]


@pytest.mark.parametrize(
    ("script", "says"),
    [
        ("", "This is no JSON"),
        ("{", "This is no JSON"),
        ("[" * 9000, "This is no JSON"),
        ("[]", "the script: "),
        ('{"steps": []}', "steps: "),
        ('{"steps": [{"provider": "stripe", "kind": "explode"}]}', "step 1, kind: "),
        ('{"steps": [{"provider": "stripe", "kind": "drop"}, "drop"]}', "step 2, "),
    ],
)
def test_a_script_that_cannot_be_played_says_why_and_is_kept_in_its_box(world, script, says):
    answer = Client(world).post("/sandbox/do", data={"do": "script:", "script": script})
    told = html.unescape(answer.get_data(as_text=True))
    assert answer.status_code == 200
    assert f"Not done: {says}" in told
    assert script in told
    assert world.extensions["sandbox_watch"].faults.told() == []


def test_time_passes_until_the_next_thing_is_due(world):
    assert "Not done: There is nothing to wait for." in press(world, "pass:next")
    paid(world, capture_method="manual")
    before = clock.now()
    assert "Next: something happens at a provider" in page(world)
    press(world, "pass:next")
    assert 0 < (clock.now() - before).total_seconds() < 7 * 86_400 + 60


def test_what_others_wrote_is_text_here(world):
    assert "<script>" not in page(world, said="<script>alert(1)</script>")
    intent = paid(world, description="<script>alert(1)</script>")
    assert "<script>" not in page(world, provider="stripe", payment=intent)
    assert "<script>" not in page(world, provider="<script>", payment="<script>")


def test_another_page_cannot_press_a_button(world):
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        answer = Client(world).post("/sandbox/do", data={"do": "break:down"}, headers=headers)
        assert answer.status_code == 403
    assert world.extensions["sandbox_watch"].faults.told() == []

"""The operators' page, and what monitoring reads about the providers' limits."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from prometheus_client.parser import text_string_to_metric_families

from app import metrics
from app.payments import standing
from app.providers import limiter
from tests.app.payments.test_waiting import bought, drain, pay
from tests.limits import limited, no_more
from tests.people import Staffer
from tests.till import Till

Come = Callable[..., Staffer]


def words(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def told() -> dict[tuple[str, ...], float]:
    found = text_string_to_metric_families(metrics.text().decode())
    return {
        (one.name, *one.labels.values()): one.value for family in found for one in family.samples
    }


@pytest.mark.parametrize(("role", "status"), [("merchant", 403), ("analyst", 403), ("admin", 200)])
def test_it_is_for_administrators(till: Till, staffer: Come, role: str, status: int) -> None:
    more = {"merchant_id": till.merchant.id} if role == "merchant" else {}
    assert staffer(role, **more).get("/operations").status_code == status


def test_a_provider_with_and_without_limits(till: Till, staffer: Come) -> None:
    page = words(staffer("admin").get("/operations").text)
    assert "Stripe Taking requests Its requests are not counted" in page
    assert "Nothing Every provider has answered." in page
    with limited():
        page = words(staffer("admin").get("/operations").text)
        assert "At most 100 requests a second, 25 of each operation." in page


def test_what_waits_is_told_everywhere(till: Till, staffer: Come) -> None:
    commands = [bought(till), bought(till)]
    with no_more():
        for command in commands:
            pay(till, command)
        page = words(staffer("admin").get("/operations").text)
        assert "Stripe Refusing requests It refused a request as one too many" in page
        seen = told()
        assert seen["till_provider_queue", "stripe"] == 2
        assert seen["till_provider_429s_total", "stripe"] == 1
        # The second did not even try: it stood behind the first.
        assert seen["till_provider_throttled_total", "POST /v1/payment_intents", "stripe"] == 1
    with limited():
        till.later(minutes=5)
        page = words(staffer("admin").get("/operations").text)
        assert "Stripe Throttling It takes no more requests now." in page
        assert "Waiting 2 the first for 5 min" in page
        everywhere = words(staffer("admin").get("/account").text)
        assert "Stripe takes no more requests than its limits allow: 2 wait" in everywhere
        assert "wait" not in words(staffer("analyst").get("/account").text)
        assert told()["till_provider_queue_age_seconds", "stripe"] >= 300
        drain()
        assert told()["till_provider_queue", "stripe"] == 0
        assert limiter.figures("stripe").used == 2


def test_what_nobody_answered_is_in_doubt(till: Till, staffer: Come) -> None:
    with till.world.gate.spoil("POST /stripe/v1/payment_intents", "500 after"):
        payment = till.pay()
    assert standing.in_doubt() == (0, [])  # it is just being asked
    till.later(minutes=3)
    page = words(staffer("admin").get("/operations").text)
    assert f"{payment.id} Charge Stripe 3 min never" in page
    till.later(seconds=20)
    till.settle()
    assert standing.in_doubt() == (0, [])

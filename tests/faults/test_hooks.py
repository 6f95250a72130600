"""T28 to T31: webhooks are hints. However they come, what is in the books is what the provider says when asked."""

import json
import random
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select

from app import payments
from models import Case, CheckoutSession, db
from tasks import provider_events
from tests.api.conftest import Api
from tests.faults.conftest import Buyer, Deliver
from tests.faults.inbox import lost, post, rows
from tests.till import Till


def test_a_hundred_duplicates_at_once_have_one_effect(api: Api) -> None:  # T29
    session = lost(api.till)
    delivery = api.till.world.deliveries("stripe")[-1]
    stop = threading.Event()
    with ThreadPoolExecutor(12) as pool:
        working = pool.submit(work_until, stop)  # the workers do not wait until all are there
        answers = list(pool.map(lambda _: post(api, delivery), range(100)))
        stop.set()
        working.result()
    assert set(answers) == {204}
    [row] = rows()
    assert row.done_at is not None
    assert api.till.payment(session.payment_id).status == "captured"
    assert api.till.events(session.payment_id).count("payment.captured") == 1


def work_until(stop: threading.Event) -> None:
    while not stop.wait(0.01):
        provider_events.work()
    provider_events.work()
    db.remove()


def by_card(till: Till, buyer: Buyer) -> CheckoutSession:
    """Challenged, held, taken in part, given back in part: eight events or more."""
    session = till.session(capture="manual")
    payment = till.confirm(session, "3ds")
    reference = till.attempts(payment.id)[-1].provider_ref
    action = till.stripe("GET", f"payment_intents/{reference}")["next_action"]
    till.answer_challenge(action, "pass")
    with till.world.gate.spoil("POST /stripe/v1/payment_intents/[^/]+/capture", "500 after"):
        payments.sync(payment.id)
        till.capture(till.payment(payment.id), 1500)
    till.stripe("POST", "refunds", payment_intent=reference, amount=400)
    return session


def by_paypal(till: Till, buyer: Buyer) -> CheckoutSession:
    session, order = buyer.chooses(capture="manual")
    buyer.approves(order)
    with till.world.gate.spoil(buyer.driver.charging, "drop"):
        payments.approve(session.id, order)
    payments.sync(session.payment_id)
    with till.world.gate.spoil(buyer.driver.capturing, "drop"):
        till.capture(till.payment(session.payment_id), 1500)
    [capture] = till.world.sandbox.store.list("paypal_capture")
    amount = {"amount": {"value": "4.00", "currency_code": "EUR"}}
    buyer.driver.call("POST", f"/v2/payments/captures/{capture['id']}/refund", amount)
    return session


ORDERS: dict[str, Callable[[list[Any]], list[Any]]] = {
    "as they happened": list,
    "newest first": lambda told: told[::-1],
    "the last alone": lambda told: told[-1:],
    "the first alone": lambda told: told[:1],
    "each three times": lambda told: random.Random(3).sample(told * 3, len(told) * 3),
    "shuffled": lambda told: random.Random(5).sample(told, len(told)),
}


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("story", [by_card, by_paypal], ids=lambda story: story.__name__)
def test_any_order_of_deliveries_ends_the_same(
    till: Till, buyer: Buyer, deliver: Deliver, story: Any, order: str
) -> None:  # T30
    session = story(till, buyer)
    provider = story.__name__.removeprefix("by_").replace("card", "stripe")
    assert len(till.world.deliveries(provider)) >= 3
    assert set(deliver(provider, order=ORDERS[order])) == {204}
    till.settle()
    payment = till.payment(session.payment_id)
    assert (payment.status, payment.captured_minor, payment.refunded_minor) == (
        "partially_refunded",
        1500,
        400,
    )
    assert [kind for kind, _ in till.ledger(payment.id) if kind != "fee"] == ["capture", "refund"]
    told = till.events(payment.id)
    assert (told.count("payment.captured"), told.count("refund.succeeded")) == (1, 1)


def test_a_genuine_webhook_that_lies_changes_nothing(api: Api) -> None:  # T28
    """Signed with our secret, and wrong: another amount, another attempt, a success that is none. Only ids are believed."""
    till = api.till
    declined, challenged, other = till.session(), till.session(), till.session()
    till.confirm(declined, "declined")
    till.confirm(challenged, "3ds")
    [paid] = till.attempts(till.confirm(other).id)
    for session in (declined, challenged):
        [attempt] = till.attempts(session.payment_id)
        for change in (
            {"status": "succeeded", "amount_received": 1},
            {"metadata": {"attempt_id": paid.id}},
        ):
            delivery = dict(till.world.deliveries("stripe")[-1])
            event = json.loads(delivery["body"])
            event["id"] = f"evt_lie_{attempt.id}_{len(change)}"
            event["type"] = "payment_intent.succeeded"
            event["data"]["object"] = {
                "object": "payment_intent",
                "id": attempt.provider_ref,
                **change,
            }
            assert post(api, delivery | {"body": json.dumps(event)}) == 204
    till.settle()
    assert till.payment(declined.payment_id).status == "failed"
    assert till.payment(challenged.payment_id).status == "requires_action"
    assert till.payment(other.payment_id).status == "captured"
    assert all(row.done_at for row in rows())


def test_another_charge_with_our_attempts_name_is_quarantined(api: Api) -> None:  # T28
    """Somebody made a charge of their own that says it is one of ours: a case for a human, and the payment unpaid."""
    till = api.till
    session = till.session()
    till.confirm(session, "3ds")
    [attempt] = till.attempts(session.payment_id)
    till.stripe(
        "POST", "payment_intents", amount=1999, currency="eur", confirm="true", payment_method="pm_card_visa",
        **{"metadata[attempt_id]": attempt.id, "automatic_payment_methods[enabled]": "true",
           "automatic_payment_methods[allow_redirects]": "never"},
    )  # fmt: skip
    post(api, till.world.deliveries("stripe")[-1])
    till.settle()
    assert till.payment(session.payment_id).status == "requires_action"
    till.has_books = False  # the provider has money that no verb of ours asked for


@pytest.mark.parametrize("late", ["declined", "3ds"])
def test_a_late_failure_never_overwrites_a_success(
    till: Till, deliver: Deliver, late: str
) -> None:  # T30
    session = till.session()
    till.confirm(session, late)
    assert till.confirm(session).status == "captured"
    deliver("stripe", order=ORDERS["newest first"])
    till.settle()
    assert till.payment(session.payment_id).status == "captured"
    assert till.events(session.payment_id)[-1] == "payment.captured"


def test_a_contradiction_is_one_case_however_often_it_is_told(till: Till) -> None:
    payment = till.pay()
    [attempt] = till.attempts(payment.id)
    with till.world.gate.spoil("GET /stripe/v1/payment_intents/[^/]+", "lie", tamper=lambda a: a.update(
        status="requires_payment_method", last_payment_error={"code": "card_declined"}, amount_received=0)):  # fmt: skip
        payments.sync(payment.id)
        payments.sync(payment.id)
    assert till.payment(payment.id).status == "captured"
    [case] = db.session().scalars(select(Case))
    assert (case.kind, case.ours["attempt"]) == ("contradiction", attempt.id)

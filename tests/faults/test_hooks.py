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
from tests.faults.fault import fault
from tests.faults.inbox import lost, post, rows
from tests.till import Till


@fault("T29", "One webhook comes a hundred times at once",
       saw="Every one is answered with 204; one effect.")  # fmt: skip
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


@fault("T30", "Webhooks come shuffled, thrice, newest first, or all but one get lost",
       saw="The same end in any order.")  # fmt: skip
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


@fault("T28", "A webhook with a good signature tells of another amount, another payment or a success that is none",
       saw="Nothing: only its ids are believed, and the provider is asked.")  # fmt: skip
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


@fault("T28", "A PayPal webhook with a good signature says that an order was captured which nobody approved",
       saw="Nothing: only its ids are believed, and PayPal is asked.")  # fmt: skip
def test_a_genuine_webhook_of_paypals_that_lies_changes_nothing(api: Api, buyer: Buyer) -> None:
    paid, order = buyer.chooses()
    buyer.approves(order)
    payments.approve(paid.id, order)
    unpaid, open_order = buyer.chooses()
    [attempt] = api.till.attempts(unpaid.payment_id)
    delivery = dict(api.till.world.deliveries("paypal")[-1])
    event = json.loads(delivery["body"])
    event |= {"id": "WH-LIE", "event_type": "PAYMENT.CAPTURE.COMPLETED"}
    event["resource"] |= {
        "custom_id": attempt.id,
        "amount": {"value": "0.01", "currency_code": "JPY"},
        "supplementary_data": {"related_ids": {"order_id": open_order}},
    }
    assert post(api, delivery | {"body": json.dumps(event)}) == 204
    api.till.settle()
    assert api.till.payment(unpaid.payment_id).status == "requires_action"
    assert api.till.payment(paid.payment_id).captured_minor == 1999
    assert all(row.done_at for row in rows())


@fault("T28", "Somebody makes a charge of their own that names one of our attempts",
       saw="Still unpaid; the charge is in none of our books.")  # fmt: skip
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


@fault("T30", "The news of an earlier decline comes after the success",
       saw="Paid stays paid.")  # fmt: skip
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


@fault("T28", "The provider calls a captured payment declined",
       saw="Paid stays paid; one case for a person, with both stories.")  # fmt: skip
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

"""The power goes while a method is kept or let go, or a customer deleted: kept once, or gone wherever they were."""

import pytest
from sqlalchemy import select

from app import customers
from app.customers import erase, kept
from models import SavedMethod, Setup, db
from tests.api import test_customers as merchant
from tests.api import test_erasure as erasure
from tests.api.conftest import Api
from tests.faults.fault import fault
from tests.faults.victim import dies_at

KEEPING = (
    "customer.made",
    *(f"setup.{step}" for step in ("deciding", "decided", "answered", "recording", "recorded")),
)
LETTING_GO = ("detach.deciding", "detach.decided", "detach.answered", "detach.recording")
ERASING = ("erase.deciding", "erase.decided", "erase.payments")
CRASHES = (*KEEPING, *LETTING_GO, *ERASING)


def setups() -> list[Setup]:
    return list(db.session().scalars(select(Setup).execution_options(populate_existing=True)))


@fault("T8", "The power goes while a card is kept without a payment",
       saw="The merchant repeats the request and gets one kept card.")  # fmt: skip
@pytest.mark.parametrize("point", KEEPING)
def test_a_method_is_kept_once(api: Api, point: str) -> None:
    who = merchant.customer(api)
    body = {
        "provider": "stripe",
        "payment_method": "pm_card_visa",
        "return_url": merchant.BACK,
        "consent": merchant.CONSENT,
    }
    path = f"/v1/customers/{who}/saved_methods"
    dies_at(point, api.till.config, lambda: api.post(path, body, once="keep-1"))
    api.till.later(seconds=121)
    api.till.settle()
    told = api.post(path, body, once="keep-1").json
    assert told["status"] == "succeeded"
    assert len(setups()) == 1
    [listed] = api.get(path).json["data"]
    assert listed["id"] == told["saved_method"]
    made = api.till.stripe("GET", "setup_intents", customer=_customer_at_stripe(api, who))
    assert len(made["data"]) == 1


@fault("T8", "The power goes while a kept card is let go",
       saw="Nobody can charge it any more; Stripe forgets it minutes later.")  # fmt: skip
@pytest.mark.parametrize("point", LETTING_GO)
def test_a_method_that_is_let_go_is_gone_at_both_sides(api: Api, point: str) -> None:
    who = merchant.customer(api)
    method = merchant.saved(api, who)
    told = {"customer_id": who, "merchant_id": api.till.merchant.id}
    dies_at(point, api.till.config, lambda: customers.detach(method, **told))
    if point == "detach.deciding":  # nothing was written: the merchant tries again
        customers.detach(method, **told)
    api.till.later(seconds=kept.AGAIN.total_seconds() + 1)
    api.till.settle()
    row = db.session().get_one(SavedMethod, method, populate_existing=True)
    assert (row.status, row.check_at) == ("detached", None)
    assert api.till.stripe("GET", f"payment_methods/{row.credential}")["customer"] is None


@fault("T8", "The power goes while a customer is deleted",
       saw="The merchant asks again, or is told that there is none; minutes later nobody's address is left.")  # fmt: skip
@pytest.mark.parametrize("point", ERASING)
def test_a_customer_who_is_deleted_is_forgotten_all_the_same(api: Api, point: str) -> None:
    who = str(api.post("/v1/customers", {"email": erasure.ADA, "name": erasure.NAME}).json["id"])
    erasure.everything(api, who)
    told = {"merchant_id": api.till.merchant.id}
    dies_at(point, api.till.config, lambda: customers.delete(who, **told))
    if point == "erase.deciding":  # nothing was written: the merchant tries again
        customers.delete(who, **told)
    api.till.later(seconds=erase.AGAIN.total_seconds() + 1)
    api.till.settle()
    assert erasure.where(erasure.ADA) | erasure.where(erasure.NAME) == set()


def _customer_at_stripe(api: Api, customer_id: str) -> str:
    found = api.till.stripe("GET", "customers")["data"]
    [ours] = [row["id"] for row in found if row["metadata"].get("customer_id") == customer_id]
    return str(ours)

"""A kept PayPal account is charged and no answer comes: it is charged once, however long nobody can say."""

import pytest
from sqlalchemy import select

from models import Payment, db
from sandbox import clock as sandbox_clock
from tests.api import test_customers as merchant
from tests.api.conftest import Api
from tests.faults.fault import fault
from tests.faults.victim import dies_at
from tests.till import Till

ORDERING = "POST /paypal/v2/checkout/orders"
REPORTS = "GET /paypal/v1/reporting/transactions"
HOUR = 3600


def charge(api: Api, method: str) -> Payment:
    """Charge the kept account; the payment as it stands afterwards."""
    merchant.charge(api, method, amount=1999)
    [payment] = db.session().scalars(select(Payment).execution_options(populate_existing=True))
    return payment


def later(till: Till, seconds: float) -> None:
    """Let time pass, for the app and for PayPal."""
    till.later(seconds=seconds)
    sandbox_clock.set_offset(sandbox_clock.offset_s() + seconds)
    till.settle()


def captures(till: Till) -> int:
    return len(till.world.sandbox.store.list("paypal_capture"))


def asked(till: Till) -> int:
    return till.world.gate.count(ORDERING)


def stands(till: Till, payment: Payment) -> tuple[str, int]:
    return till.payment(payment.id).status, captures(till)


@pytest.fixture
def method(api: Api) -> str:
    return merchant.save_paypal(api, merchant.customer(api))


@fault("T18", "A kept PayPal account is charged, and PayPal says nothing for longer than it remembers the request",
       saw="“Processing” until PayPal's reports tell of it; charged once.")  # fmt: skip
def test_a_charge_that_paypal_has_forgotten_is_not_made_again(api: Api, method: str) -> None:
    till = api.till
    with till.world.gate.spoil(ORDERING, "drop"):
        payment = charge(api, method)
        assert stands(till, payment) == ("processing", 1)
        for _ in range(4):
            later(till, HOUR)
    assert stands(till, payment) == ("processing", 1)
    tried = asked(till)
    with till.world.gate.spoil(REPORTS, "503"):
        for _ in range(8):  # past the six hours after which the same request would be another one
            later(till, HOUR)
    assert stands(till, payment) == ("processing", 1)
    assert asked(till) == tried
    later(till, 24 * HOUR)
    assert stands(till, payment) == ("captured", 1)
    till.check()


@fault("T18", "A charge of a kept PayPal account never reaches PayPal",
       saw="“Processing” until PayPal's reports are complete; then failed, with nothing taken.")  # fmt: skip
def test_a_charge_that_never_arrived_fails_once_the_reports_are_complete(
    api: Api, method: str
) -> None:
    till = api.till
    with till.world.gate.spoil(ORDERING, "503"):
        payment = charge(api, method)
        for _ in range(6):
            later(till, HOUR)
        assert stands(till, payment) == ("processing", 0)
    for _ in range(2):
        later(till, 24 * HOUR)
    assert stands(till, payment) == ("failed", 0)
    assert (till.payment(payment.id).decline or {})["code"] == "abandoned"


@fault("T8", "The power goes while a kept PayPal account is charged",
       saw="Charged once, within minutes.")  # fmt: skip
@pytest.mark.parametrize("point", ["confirm.decided", "confirm.answered", "confirm.recording"])
def test_the_power_goes_while_a_kept_account_is_charged(api: Api, method: str, point: str) -> None:
    till = api.till
    dies_at(point, till.config, lambda: charge(api, method))
    later(till, 121)
    [payment] = db.session().scalars(select(Payment).execution_options(populate_existing=True))
    assert stands(till, payment) == ("captured", 1)
    till.check()

"""What every contract test does first: pay, hold, ask for an operation."""

from app.providers.base import Charge, OperationNews, Outcome, Refused, Step, Task
from models.ids import new_id
from models.money import Money
from tests.app.providers.drivers import Driver

PREFIX = {"capture": "cap", "void": "voi", "refund": "re"}


def pay(driver: Driver, charge: Charge) -> Outcome:
    """Ask, and complete where the provider wants to be asked twice."""
    outcome = driver.onward(charge, driver.provider.charge(charge))
    return driver.provider.complete(charge, outcome.reference) if outcome.ready else outcome


def look(driver: Driver, charge: Charge, reference: str) -> Outcome:
    """Fetch, and complete what the shopper has made ready."""
    outcome = driver.provider.fetch(charge, reference)
    return driver.provider.complete(charge, reference) if outcome.ready else outcome


def task(charge: Charge, outcome: Outcome, kind: str, minor: int | None = None) -> Task:
    return Task(
        operation_id=new_id(PREFIX[kind]),
        kind=kind,
        attempt_id=charge.attempt_id,
        attempt_ref=outcome.reference,
        capture_ref=outcome.capture_ref or "",
        amount=Money(charge.amount.minor if minor is None else minor, charge.amount.currency),
        capture=charge.capture,
    )


def held(driver: Driver) -> tuple[Charge, Outcome]:
    charge = driver.charge("pays", capture="manual")
    return charge, pay(driver, charge)


def paid(driver: Driver) -> tuple[Charge, Outcome]:
    charge = driver.charge("pays")
    return charge, pay(driver, charge)


def failed(news: OperationNews | Refused) -> bool:
    """An operation that cannot be is news of a failure, or refused: never silence."""
    return isinstance(news, Refused) or news.step is Step.FAIL


def attempt(driver: Driver, asked: Task) -> OperationNews | Refused:
    try:
        return getattr(driver.provider, asked.kind)(asked)
    except Refused as refusal:
        return refusal

"""T8: the power goes at every step of every verb. Whoever comes next ends up with the provider's books, once."""

import ast
import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app import idempotency
from app.errors import AppError
from tests.api.conftest import Api
from tests.app.screening import test_warnings
from tests.faults import recovery, test_acks, test_kept, test_mails, test_relay, test_seals
from tests.faults.conftest import Buyer, Deliver
from tests.faults.fault import Trial, fault
from tests.faults.scenes import SCENES, Scene, Stage
from tests.faults.victim import dies_at

ROOT = Path(__file__).parents[2]
LONGEST_S = 121  # T8: two minutes
CASES = [(name, point) for name, scene in SCENES.items() for point in scene.points]


def names(call: ast.Call) -> Iterator[str]:
    """The names that a crash point can have; `{…kind}` is each of the operations that we ask for."""
    (argument,) = call.args
    if isinstance(argument, ast.Constant):
        yield str(argument.value)
        return
    assert isinstance(argument, ast.JoinedStr), ast.unparse(call)
    for kind in ("capture", "void", "refund"):
        parts = [str(p.value) if isinstance(p, ast.Constant) else kind for p in argument.values]
        yield "".join(parts)


def in_the_code() -> set[str]:
    found = set()
    for package in ("app", "tasks"):
        for file in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text())):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "crashpoint":
                    found |= set(names(node))
    return found


def test_every_crash_point_has_a_scene() -> None:
    elsewhere = {
        *test_acks.CRASHES,
        *test_kept.CRASHES,
        *test_mails.CRASHES,
        *test_relay.CRASHES,
        *test_seals.CRASHES,
        *test_warnings.CRASHES,
    }
    assert in_the_code() == {point for _, point in CASES} | elsewhere


# Steps without a crash point of their own, and why they need none: file and function → reason. Whoever adds a step gives
# it a crash point (and so a scene), or says here why there is nothing to lose.
LOOKS = "it asks, and changes nothing"
ONE = "one transaction, and nothing besides that could be lost"
INSIDE = "what it calls has crash points on both sides of every commit and question"
NO_POINT = {
    LOOKS: (
        "payments/sync.py _look_for", "payments/tokens.py inspect", "payments/sync.py _fetch",
        "customers/keep.py account", "customers/kept.py _holds",
    ),
    "the next refusal does it again, with the same key": ("customers/kept.py _renew",),
    ONE: (
        "payments/create.py open_session", "payments/choose.py choose", "payments/links.py create_link",
        "payments/links.py update_link", "payments/links.py visit", "payments/tokens.py create_token",
        "payments/turns.py _give_up", "payments/due.py put_back", "payments/inbox.py fetch_missed", "customers/kept.py due",
        "customers/kept.py refresh", "customers/proof.py send_code", "customers/proof.py check_code",
        "customers/records.py create", "customers/records.py update", "customers/erase.py due",
        "customers/erase.py _payment", "customers/erase.py _answers", "customers/erase.py _rest",
        "customers/setups.py due", "tasks/labels.py declined", "tasks/labels.py _learn", "tasks/periods.py claim",
        "tasks/leases.py _take",
    ),
    INSIDE: (
        "payments/cancel.py expire", "payments/cancel.py expire_due", "payments/capture.py capture",
        "payments/refund.py refund", "payments/confirm.py _decide", "payments/start.py answer",
        "payments/operations.py check", "payments/sync.py _learn_reference", "payments/sync.py _repeat",
        "customers/setups.py check_setup", "customers/setups.py _ask",
    ),
}  # fmt: skip


def steps_without_a_point() -> set[str]:
    """Functions of the money path that commit, or ask a provider, and have no crash point in them."""
    found = set()
    for package in ("app/payments", "app/customers", "tasks"):
        for file in (ROOT / package).rglob("*.py"):
            functions = ast.walk(ast.parse(file.read_text()))
            for one in (node for node in functions if isinstance(node, ast.FunctionDef)):
                said = ast.unparse(one)
                is_step = "providers.ask(" in said or "with db.transaction()" in said
                if is_step and "crashpoint(" not in said:
                    found.add(f"{file.relative_to(ROOT)} {one.name}".removeprefix("app/"))
    return found


def test_every_step_has_a_crash_point_or_a_reason() -> None:
    assert steps_without_a_point() == {step for steps in NO_POINT.values() for step in steps}


def clock(stage: Stage, scene: Scene, deliver: Deliver, trial: Trial) -> None:
    """Nobody comes back: the clock's work alone resolves it."""
    recovery.by_the_clock(stage.till, trial, within_s=LONGEST_S)


def client(stage: Stage, scene: Scene, deliver: Deliver, trial: Trial) -> None:
    """The merchant's server repeats its request, or the shopper presses Pay again or comes back from PayPal."""
    stage.till.later(seconds=idempotency.RUNNING_S + 1)
    repeat(stage, scene)


def webhook(stage: Stage, scene: Scene, deliver: Deliver, trial: Trial) -> None:
    """The provider tells before anybody asks."""
    assert set(deliver("stripe") + deliver("paypal") + deliver("razorpay")) <= {204}
    stage.till.settle()


SURVIVORS = (clock, client, webhook)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Each crash has one survivor, in turn; `make faults` lets each of them come after each crash."""
    if "survivor" in metafunc.fixturenames:
        every = metafunc.config.getoption("--every-survivor", default=False)
        cases = [
            pytest.param(name, point, survivor, id=f"{name}-{point}-{survivor.__name__}")
            for number, (name, point) in enumerate(CASES)
            for survivor in (SURVIVORS if every else [SURVIVORS[number % len(SURVIVORS)]])
        ]
        metafunc.parametrize(("name", "point", "survivor"), cases)


@pytest.fixture
def stage(api: Api, buyer: Buyer) -> Stage:
    return Stage(api, buyer)


@fault("T8", "The power goes at a step of a request for money",
       saw="“Processing” until it is known; the same request with its key gets one answer.")  # fmt: skip
def test_the_power_goes(  # noqa: PLR0917 -- three of them are the case
    stage: Stage, deliver: Deliver, trial: Trial, name: str, point: str, survivor: Any
) -> None:
    scene = SCENES[name]
    scene.set_up(stage)
    dies_at(point, stage.till.config, lambda: scene.act(stage))
    survivor(stage, scene, deliver, trial)
    clock(stage, scene, deliver, trial)

    # If a roll-back left nothing to resolve, it is done now; otherwise it is not done again.
    stage.till.later(seconds=idempotency.RUNNING_S + 1)
    repeat(stage, scene)
    for _ in range(2):
        stage.till.later(seconds=LONGEST_S)
        webhook(stage, scene, deliver, trial)

    assert stage.payment().status == scene.ends
    books = stage.till.provider_books()[scene.provider]["payments"]
    taken = [row for row in books if row.get("amount_received") or row.get("amount_captured")]
    assert len(taken) == (scene.ends in {"captured", "partially_refunded"})


def repeat(stage: Stage, scene: Scene) -> None:
    """Ask once more, as somebody does who got no answer. The books are compared afterwards."""
    if not stage.post[0]:
        if stage.payment().status != scene.ends:
            with contextlib.suppress(AppError):
                scene.act(stage)
        return
    first, second = stage.call(), stage.call()
    assert first.status_code in {200, 201}, first.text
    assert (first.status_code, first.data) == (second.status_code, second.data)
    record = first.json
    stage.payment_id = record.get("payment_id") or record["id"]

"""A whole Till for a test: a fresh database, the real adapters, and a sandbox of its own on loopback."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from sqlalchemy import create_engine, select, text

from app import commands, keys, oracle, payments, providers, screening, seals
from app.config import Config
from app.crashpoints import arm
from app.idempotency import Once
from app.lanes import LANES
from app.providers.stripe_money import from_stripe
from app.screening import force, history
from models import (
    Attempt,
    Base,
    CheckoutSession,
    Event,
    Merchant,
    Operation,
    Payment,
    RiskPolicy,
    clock,
    db,
    postgresql,
    schema,
)
from models.ids import new_id
from models.lifecycle import UNDECIDED
from risk.policy import LIMITS, Policy
from tests import risk_models
from tests.app.providers import world
from tests.app.providers.world import KEYS, World

CARDS = {
    "ok": "pm_card_visa",
    "declined": "pm_card_visa_chargeDeclined",
    "poor": "pm_card_visa_chargeDeclinedInsufficientFunds",
    "stolen": "pm_card_visa_chargeDeclinedStolenCard",
    "3ds": "pm_card_authenticationRequired",
    "review": "pm_card_riskLevelElevated",
    "disputed": "pm_card_createDispute",
    "slow_refund": "pm_card_pendingRefund",
    "failing_refund": "pm_card_refundFail",
}

# The longest that a merchant may choose: a Redis on a busy machine is slow, and not silent.
PATIENT_MS = 5000


def watching() -> RiskPolicy:
    """Score everything, and let everything pass: most tests are about something else."""
    never = {"challenge_at": 101, "hold_at": 101, "block_at": 101}
    choices = {"timeout_ms": PATIENT_MS, "limits": dict.fromkeys(LIMITS)}
    settings = Policy(mode="thresholds", **never, **choices).to_json()
    return RiskPolicy(id=new_id("pol"), merchant_id=None, settings=settings, author="test")


@dataclass
class Till:
    """What a test may do, in a line each; every call goes through the product's own verbs."""

    config: Config
    world: World
    merchant: Merchant
    told: list[Any] = field(default_factory=list)
    acknowledged: list[tuple[str, str]] = field(default_factory=list)
    """What a caller would have been told of: a record's id and its status then."""
    has_books: bool = True
    """False for a test that writes rows by hand, which no verb would write."""

    def once(self, **kept: str) -> Once:
        def answer(resource: Any) -> tuple[int, bytes]:
            self.told.append(resource)
            self.acknowledged.append((resource.id, str(getattr(resource, "status", ""))))
            return 200, b""

        return Once(answer=answer, **kept)

    def token(self, card: str = "ok", amount: int = 1999, currency: str = "EUR") -> Any:
        """A payment token for a test card."""
        command = commands.CreateToken(
            provider="stripe",
            payment_method=CARDS.get(card, card),
            amount=amount,
            currency=currency,
        )
        payments.create_token(command, merchant_id=self.merchant.id, once=self.once())
        return self.told[-1]

    def pay(
        self, card: str = "ok", amount: int = 1999, currency: str = "EUR", **more: Any
    ) -> Payment:
        """Pay by API; the payment as it stands afterwards."""
        token = self.token(card, amount, currency)
        command = commands.CreatePayment(token=token.id, amount=amount, currency=currency, **more)
        payments.pay(
            command,
            merchant_id=self.merchant.id,
            merchant_name=self.merchant.name,
            once=self.once(),
        )
        return self.told[-1]

    def session(self, amount: int = 1999, currency: str = "EUR", **more: Any) -> CheckoutSession:
        """An open checkout session."""
        if "line_items" not in more:
            more["amount"] = amount
        command = commands.CreateSession(currency=currency, **more)
        payments.open_session(command, merchant=self.merchant, config=self.config, once=self.once())
        return self.told[-1]

    def confirm(self, session: CheckoutSession, card: str = "ok") -> Payment:
        """The shopper pays a session by card."""
        _session, _payment, order = payments.session_of(session.id)
        command = payments.Confirm(
            "stripe", order.total_minor, self.confirmation_token(card), return_url="http://x/r"
        )
        payments.confirm(session.id, command)
        return self.payment(session.payment_id)

    def paypal(self, session: CheckoutSession) -> dict[str, Any]:
        """The shopper chooses PayPal; the next action, with the order's id."""
        _session, _payment, order = payments.session_of(session.id)
        where = {"return_url": "http://127.0.0.1:9/r", "cancel_url": "http://127.0.0.1:9/c"}
        payments.confirm(session.id, payments.Confirm("paypal", order.total_minor, **where))
        action = self.payment(session.payment_id).next_action
        assert action is not None
        return action

    def confirmation_token(self, card: str) -> str:
        answer = self.stripe(
            "POST", "test_helpers/confirmation_tokens", payment_method=CARDS.get(card, card)
        )
        return str(answer["id"])

    def answer_challenge(self, action: dict[str, Any], answer: str) -> None:
        """The shopper at the bank's page: `pass` or `fail`."""
        page = action.get("redirect_to_url", {}).get("url") or action["use_stripe_sdk"]["stripe_js"]
        requests.post(
            page, data={"answer": answer}, timeout=10, allow_redirects=False
        ).raise_for_status()

    def approve_at_paypal(self, action: dict[str, Any], funding: str = "balance") -> None:
        """The buyer at PayPal's page: `balance`, `declined`, `review` or `refused`."""
        answer = requests.post(
            action["url"],
            data={"decision": "pay", "funding": funding},
            timeout=10,
            allow_redirects=False,
        )
        answer.raise_for_status()

    def capture(self, payment: Payment, amount: int | None = None) -> Payment:
        payments.capture(
            payment.id,
            commands.CapturePayment(amount=amount),
            merchant_id=payment.merchant_id,
            once=self.once(),
        )
        return self.told[-1]

    def cancel(self, payment: Payment) -> Payment:
        payments.cancel(payment.id, merchant_id=payment.merchant_id, once=self.once())
        return self.told[-1]

    def refund(self, payment: Payment, amount: int) -> Operation:
        command = commands.CreateRefund(amount=amount)
        payments.refund(payment.id, command, merchant_id=payment.merchant_id, once=self.once())
        return self.told[-1]

    def payment(self, payment_id: str) -> Payment:
        """The payment as the database has it now."""
        return db.session().get_one(Payment, payment_id, populate_existing=True)

    def attempts(self, payment_id: str) -> list[Attempt]:
        return list(
            db.session().scalars(
                select(Attempt)
                .where(Attempt.payment_id == payment_id)
                .order_by(Attempt.id)
                .execution_options(populate_existing=True)
            )
        )

    def events(self, payment_id: str) -> list[str]:
        return list(
            db.session().scalars(
                select(Event.type).where(Event.payment_id == payment_id).order_by(Event.id)
            )
        )

    def ledger(self, payment_id: str) -> list[tuple[str, int]]:
        """The kinds and amounts of the payment's entries."""
        query = text(
            "SELECT kind, amount_minor FROM ledger_entries WHERE payment_id = :id ORDER BY id"
        )
        return [tuple(row) for row in db.session().execute(query, {"id": payment_id})]

    def stripe(self, method: str, path: str, **params: Any) -> dict[str, Any]:
        """Ask the sandbox's Stripe behind Till's back."""
        answer = requests.request(
            method,
            f"{self.world.url}/stripe/v1/{path}",
            data=params,
            headers={"Authorization": f"Bearer {KEYS['stripe_secret_key']}"},
            timeout=10,
        )
        answer.raise_for_status()
        return dict(answer.json())

    def provider_books(self) -> dict[str, Any]:
        """What the sandbox itself says happened."""
        return dict(requests.get(f"{self.world.url}/sandbox/books", timeout=30).json())

    def later(self, **delta: float) -> None:
        """Let time pass, for the app."""
        clock.set_offset(clock.now() - _real_now() + timedelta(**delta))

    @staticmethod
    @contextmanager
    def at_one_moment() -> Iterator[None]:
        """Inside, no time passes, however long this machine takes."""
        moment = clock.now()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(clock, "now", lambda: moment)
            yield

    def settle(self) -> None:
        """Let the clock's work be done."""
        from tasks import lanes

        for lane in LANES:
            lanes.drain(lane)

    def check(self) -> None:
        """The oracle: our books are whole (O1, O2, O4, O5), and agree with the provider's (O3)."""
        db.session().expire_all()
        assert oracle.check() == []
        db.release()
        self.check_stripe()
        self.check_paypal()
        self.check_razorpay()
        db.release()

    def check_stripe(self) -> None:
        """O3: one attempt of ours to every intent, and the same money taken and given back."""
        ours = {row.id: row for row in db.session().scalars(select(Attempt))}
        books = self.provider_books()["stripe"]
        for intent in books["payments"]:
            attempt = ours.get(intent["metadata"].get("attempt_id"))
            assert attempt is not None, f"{intent['id']} is not in our books"
            if attempt.status in UNDECIDED:
                continue
            assert attempt.provider_ref == intent["id"], f"{intent['id']} is a second charge"
            told = from_stripe(intent["amount_received"], intent["currency"])
            assert attempt.captured_minor == told.minor, attempt.id
        known = {row.id for row in db.session().scalars(select(Operation))}
        for refund in books["refunds"]:
            assert refund["metadata"].get("operation_id") in {None, *known}, refund["id"]

    def check_paypal(self) -> None:
        """O3 for PayPal: every capture is one of ours, once."""
        taken = self.world.sandbox.store.list("paypal_capture")
        for capture in taken:
            if capture["status"] == "DECLINED":
                continue
            attempt = db.session().get(Attempt, capture.get("custom_id"))
            assert attempt is not None, f"{capture['id']} is not in our books"
            if attempt.status not in UNDECIDED:
                assert attempt.captured_minor > 0, f"{capture['id']} is not in {attempt.id}"

    def check_razorpay(self) -> None:
        """O3 for Razorpay: every captured payment is on an order of ours, and in its attempt's books."""
        store = self.world.sandbox.store
        receipts = {order["id"]: order["receipt"] for order in store.list("razorpay.order")}
        for payment in store.list("razorpay.payment", captured=True):
            attempt = db.session().get(Attempt, receipts[payment["order_id"]])
            assert attempt is not None, f"{payment['id']} is not in our books"
            if attempt.status not in UNDECIDED:
                assert attempt.captured_minor == payment["amount"], payment["id"]

    def api_key(self) -> str:
        with db.transaction():
            return keys.new(self.merchant.id, name="test", live=False)


def _real_now() -> Any:
    from datetime import UTC, datetime

    return datetime.now(UTC)


@pytest.fixture(scope="session")
def template(database: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A migrated database of which every test gets a copy."""
    schema.upgrade(database)
    return database


@pytest.fixture
def db_uri(template: str, tmp_path: Path) -> Iterator[str]:
    """A fresh, migrated database for one test: a file copied, or PostgreSQL's emptied when the test is over."""
    if template.startswith("sqlite"):
        shutil.copyfile(template.removeprefix("sqlite:///"), tmp_path / "till.db")
        yield f"sqlite:///{tmp_path / 'till.db'}"
        return
    yield template
    engine = create_engine(template)
    with engine.begin() as connection:
        # As a replica, so that neither foreign keys nor the ledger's own triggers object.
        tables = "; ".join(f"DELETE FROM {table.name}" for table in Base.metadata.sorted_tables)
        connection.execute(text(f"SET session_replication_role = replica; {tables}"))
    engine.dispose()


@pytest.fixture(scope="session")
def one_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """This worker's sandbox."""
    with world.running(str(tmp_path_factory.mktemp("sandbox") / "sandbox.db")) as running:
        yield running


@pytest.fixture
def provider_world(one_world: World) -> Iterator[World]:
    """A sandbox in which nothing has happened yet."""
    yield one_world
    one_world.forget()


@pytest.fixture
def till(db_uri: str, provider_world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Till]:
    """A Till with a merchant; the oracle is asked when the test is over."""
    config = provider_world.config(db_uri=db_uri, provider_timeout_s="60")
    engine = db.connect(config.db_uri)
    providers.configure(config)
    screening.configure(config)
    seals.configure(config)
    monkeypatch.setattr(force, "shipped", lambda: risk_models.constant(0.001))
    # A machine that does much else is slow; nobody is sent away, and nobody read as silent, because of that.
    monkeypatch.setattr(history, "_TELL_WITHIN_S", PATIENT_MS / 1000)
    monkeypatch.setattr(postgresql, "DECIDES_WITHIN_S", postgresql.RECORDS_WITHIN_S)
    merchant = Merchant(id=new_id("mer"), name="Acme")
    with db.transaction():
        db.insert(merchant, watching())
    till = Till(config=config, world=provider_world, merchant=merchant)
    try:
        yield till
        if till.has_books:
            till.check()
    finally:
        clock.set_offset(timedelta())
        arm()
        db.remove()
        engine.dispose()

"""Early fraud warnings: taken in once, told, learnt from, and refunded by a person or by the merchant's own limit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select

from app import events, providers
from app.crashpoints import crashpoint
from app.errors import Conflict, NotFound
from app.payments import bounds, operations
from app.payments.find import lock_attempt
from app.providers.base import Refused, Unanswered, WarningNews
from app.screening import force, labels
from models import Attempt, FraudWarning, Operation, Payment, audit, clock, db
from models.ids import new_id
from models.money import Money

# What was done about a warning.
REFUND, AUTO_REFUND = "refund", "auto_refund"
# How far back the nightly look for warnings goes whose webhook was lost.
LOOK_BACK = timedelta(days=7)


class WarningNotActionable(Conflict):
    """A refund can do nothing about the warning, or something was done."""

    code = "warning_not_actionable"
    says = "Nothing can be done about this warning any more."


def take(provider: str, reference: str) -> bool | None:
    """A webhook told of a warning: ask the provider what it says, and keep it.

    False when it is about no payment of ours, None when the provider did not answer.
    """
    try:
        news = providers.ask(providers.of(provider).fetch_warning, reference)
    except Unanswered:
        return None
    except Refused as refusal:
        return None if refusal.status in {401, 403} else False  # about our keys: ask again
    return record(provider, news)


def catch_up() -> int:
    """Take in every warning of the last days, in case a webhook was lost. Returns how many are of ours."""
    told = providers.each(lambda provider: provider.warnings_since, clock.now() - LOOK_BACK)
    return sum(record(name, news) for name, news in told)


def record(provider: str, news: WarningNews) -> bool:
    """Keep a warning once, tell of it and learn from it, in one transaction. False: it is about no payment of ours."""
    attempt_id = news.charge_ref and db.session().scalar(
        select(Attempt.id).where(
            Attempt.provider == provider, Attempt.provider_ref == news.charge_ref
        )
    )
    if not attempt_id:
        return False
    with events.acting("provider"), db.transaction():
        payment, attempt = lock_attempt(attempt_id)
        row = FraudWarning(
            id=new_id("efw"),
            provider=provider,
            provider_ref=news.reference,
            attempt_id=attempt.id,
            payment_id=payment.id,
            merchant_id=payment.merchant_id,
            fraud_type=news.fraud_type,
            is_actionable=news.is_actionable,
            warned_at=news.warned_at,
        )
        if db.insert_unless_there(row):
            _tell(row, payment, attempt)
        else:
            _refresh(provider, news)
        crashpoint("warning.recording")
    return True


def _tell(row: FraudWarning, payment: Payment, attempt: Attempt) -> None:
    labels.learn(
        payment,
        attempt,
        "warning",
        is_fraud=True,
        happened_at=row.warned_at,
        reference=row.provider_ref,
    )
    told = {"attempt": attempt.id, "warning": row.id, "fraud_type": row.fraud_type}
    events.emit("warning.received", payment, **told)


def _refresh(provider: str, news: WarningNews) -> None:
    known = db.session().scalars(
        select(FraudWarning)
        .where(FraudWarning.provider == provider, FraudWarning.provider_ref == news.reference)
        .execution_options(populate_existing=True)
    )
    row = known.one()
    if row.is_actionable != news.is_actionable:
        db.update(row, is_actionable=news.is_actionable)


def why_not(warning: FraudWarning) -> str | None:
    """Why a refund can do nothing about the warning now, in a sentence for people; None: it can."""
    payment = db.session().get_one(Payment, warning.payment_id, populate_existing=True)
    attempt = db.session().get_one(Attempt, warning.attempt_id, populate_existing=True)
    return _why_not(warning, payment, attempt)


def _why_not(warning: FraudWarning, payment: Payment, attempt: Attempt) -> str | None:
    """The first of these that holds. The order is of what a person should know first."""
    obstacles = (
        (payment.disputed_minor > 0,
         "The payment is disputed. A refund now would give the money back twice: answer the dispute."),
        (attempt.status == "surplus",
         "This charge was taken in surplus and is given back by itself."),
        (attempt.status != "captured",
         "No money was taken for this charge. If it is authorized, cancel the payment."),
        (payment.captured_minor > 0 and payment.refundable.minor == 0,
         "All of the money was given back, or is on its way."),
        (not warning.is_actionable,
         "The provider says that a refund cannot prevent a dispute any more."),
    )  # fmt: skip
    return next((why for holds, why in obstacles if holds), None)


def refund_warning(
    warning_id: str, *, by: str, scope: str | None = None, left_minor: int | None = None
) -> str:
    """Give back what is left of the payment that the warning is about; the refund's id.

    `by` is the person, `scope` their merchant (None: everybody's), `left_minor` what they saw to be left. Raises
    NotFound, WarningNotActionable, ProviderNotConfigured, AmountInvalid.
    """
    refund_id = _claim(warning_id, by=by, scope=scope, action=REFUND, left_minor=left_minor)
    assert refund_id is not None
    operations.ask(refund_id)
    return refund_id


def refund_by_itself(warning_id: str) -> str | None:
    """Do what the merchant's policy says about small warnings; the refund's id, None when nothing was to be done.

    May run any number of times, also after a crash: the warning is claimed in the transaction that writes the refund
    down, and a refund that was written down is asked for by whoever comes next.
    """
    try:
        refund_id = _claim(warning_id, by="system", scope=None, action=AUTO_REFUND)
    except WarningNotActionable:
        return None
    if refund_id is not None:
        crashpoint("warning.claimed")
        operations.ask(refund_id)
    return refund_id


def _claim(
    warning_id: str, *, by: str, scope: str | None, action: str, left_minor: int | None = None
) -> str | None:
    seen = db.session().get(FraudWarning, warning_id)
    if seen is None or scope not in {None, seen.merchant_id}:
        raise NotFound
    limit = _limit(seen) if action == AUTO_REFUND else None
    attempt_of = db.session().get_one(Attempt, seen.attempt_id)
    providers.get(attempt_of.provider)  # without its keys nothing can be asked: not begun then
    with events.acting(by), db.transaction():
        payment, attempt = lock_attempt(seen.attempt_id)
        warning = db.session().get_one(FraudWarning, warning_id, populate_existing=True)
        amount = payment.refundable
        if action == AUTO_REFUND and (warning.acted_at or not _is_below(amount, limit)):
            return None
        if why := _why_not(warning, payment, attempt):
            raise WarningNotActionable(why)
        if left_minor not in {None, amount.minor}:
            raise WarningNotActionable(
                f"Meanwhile {amount} is left. Nothing was refunded: look again."
            )
        bounds.check_step(amount, attempt.provider)
        refund = operations.start(
            payment, attempt, "refund", amount, reason="fraudulent", details={"warning": warning.id}
        )
        db.update(payment, refunding_minor=payment.refunding_minor + amount.minor)
        db.update(warning, acted_at=clock.now(), action=action)
        audit.write(by, f"warning.{action}", warning.id, refund=refund.id, payment=payment.id)
        return refund.id


def _limit(warning: FraudWarning) -> dict[str, int]:
    _policy_id, policy = force.policy_of(warning.merchant_id)
    return dict(policy.auto_refund_warning_below)


def _is_below(amount: Money, limit: dict[str, int] | None) -> bool:
    """Only ever compared with the limit of its own currency; without one, nothing is refunded by itself."""
    below = (limit or {}).get(amount.currency)
    return below is not None and amount.minor < below


def refund_of(warning: FraudWarning) -> Operation | None:
    """The refund that was made because of the warning, the newest if one failed."""
    found = db.session().scalars(
        select(Operation)
        .where(Operation.payment_id == warning.payment_id, Operation.kind == "refund")
        .order_by(Operation.id.desc())
        .execution_options(populate_existing=True)
    )
    return next((one for one in found if one.details.get("warning") == warning.id), None)


@dataclass(frozen=True, slots=True)
class Shown:
    """A warning with what a person must know to act on it. `why_not` None: a refund of `left` can be made."""

    warning: FraudWarning
    payment: Payment
    left: Money
    why_not: str | None
    refund: Operation | None


def newest(merchant_id: str | None, *, after: str | None, limit: int) -> list[Shown]:
    """Warnings of a merchant (None: of all), newest first, from the one after `after` on."""
    query = (
        select(FraudWarning, Payment, Attempt)
        .join(Payment, Payment.id == FraudWarning.payment_id)
        .join(Attempt, Attempt.id == FraudWarning.attempt_id)
        .order_by(FraudWarning.id.desc())
        .limit(limit)
        .execution_options(populate_existing=True)
    )
    if merchant_id is not None:
        query = query.where(FraudWarning.merchant_id == merchant_id)
    if after is not None:
        query = query.where(FraudWarning.id < after)
    return [
        Shown(
            warning=warning,
            payment=payment,
            left=payment.refundable,
            why_not=_why_not(warning, payment, attempt),
            refund=refund_of(warning) if warning.acted_at else None,
        )
        for warning, payment, attempt in db.session().execute(query)
    ]

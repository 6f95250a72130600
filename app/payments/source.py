"""What an API payment is made with: a payment token that is spent, or a saved method that is charged again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from app.commands import CreatePayment
from app.customers import keep, kept, records
from app.errors import MandateMissing, MethodNotAvailable
from app.payments import tokens
from app.providers.base import Charge
from models import Mandate, SavedMethod, db
from models.money import Money


@dataclass(frozen=True, slots=True)
class Source:
    """Where the money comes from. `kind` and `credential` as in `Charge`; `customer_id` None for a token."""

    provider: str
    kind: str
    credential: str
    method: Mapping[str, Any] | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    customer_id: str | None = None
    saved_method_id: str | None = None
    customer_ref: str = ""
    mandate_ref: str = ""
    account: str = ""

    @property
    def type(self) -> str:
        """The method's name, as far as the provider told; empty when it did not."""
        return str((self.method or {}).get("type", ""))


def find(command: CreatePayment, merchant_id: str) -> Source:
    """What the command wants to pay with; nothing is used up yet.

    Raises NotFound, MandateMissing, MethodNotAvailable (the keys are another account's now), ProviderNotConfigured,
    ProviderUnavailable.
    """
    if command.token is not None:
        token = tokens.peek(command.token, merchant_id=merchant_id)
        return Source(token.provider, token.kind, token.credential, token.method, token.facts)
    assert command.saved_method is not None
    saved = kept.usable(command.saved_method, merchant_id)
    return of_saved(saved, off_session=command.off_session)


def of_saved(saved: SavedMethod, *, off_session: bool) -> Source:
    """A saved method as a source. Raises MandateMissing, MethodNotAvailable, ProviderUnavailable."""
    mandate = _mandate(saved, off_session=off_session)
    customer = records.own(saved.customer_id, saved.merchant_id)
    if keep.account(saved.provider) != saved.account:
        raise MethodNotAvailable(
            "This method is kept by another account of the provider.", field="saved_method"
        )
    return Source(
        provider=saved.provider,
        kind="saved",
        credential=saved.credential,
        method=saved.method,
        facts=saved.facts,
        customer_id=saved.customer_id,
        saved_method_id=saved.id,
        customer_ref=keep.gateway_ref(customer, saved.provider),
        mandate_ref=(mandate.provider_ref or "") if mandate else "",
        account=saved.account,
    )


def _mandate(saved: SavedMethod, *, off_session: bool) -> Mandate | None:
    """What a method rests on now. Raises MandateMissing where it may not be charged `off_session`."""
    found = db.session().get(Mandate, saved.mandate_id or "", populate_existing=True)
    agreed = found is not None and found.status == "active" and found.off_session
    if off_session and not agreed:
        raise MandateMissing(field="saved_method")
    return found


def is_still_there(provider: str, charge: Charge) -> bool:
    """Whether what a charge was to be made with was not let go, nor its mandate ended, since it was decided."""
    if charge.credential_kind != "saved":
        return True
    asked = select(SavedMethod).where(
        SavedMethod.provider == provider,
        SavedMethod.account == charge.account,
        SavedMethod.credential == charge.credential,
        SavedMethod.status == "active",
    )
    found = db.session().scalar(asked.execution_options(populate_existing=True))
    if found is None:
        return False
    try:
        _mandate(found, off_session=charge.off_session)
    except MandateMissing:
        return False
    return True


def spend(
    command: CreatePayment, source: Source, amount: Money, *, payment_id: str, merchant_id: str
) -> None:
    """Use a token up, in the deciding transaction; a saved method is locked, so that none is charged that is let go.

    Raises NotFound, MandateMissing, TokenUsed, TokenExpired, TokenMismatch.
    """
    if command.token is not None:
        tokens.spend(command.token, merchant_id=merchant_id, amount=amount, payment_id=payment_id)
        return
    _mandate(hold(source, merchant_id), off_session=command.off_session)


def hold(source: Source, merchant_id: str) -> SavedMethod:
    """Lock a saved method in the deciding transaction, and look: it may have been let go since. Raises NotFound."""
    assert source.saved_method_id is not None
    db.lock(SavedMethod, source.saved_method_id)
    return kept.usable(source.saved_method_id, merchant_id)

"""Payouts: what is available goes to the bank every night, or when it is asked for."""

from datetime import UTC, datetime
from typing import Any

from sandbox import clock
from sandbox.store import Document
from sandbox.stripe_balance import DAY_S, NIGHT, available, lines, write_line
from sandbox.stripe_errors import InvalidRequest, InvalidState
from sandbox.stripe_world import World, new_id

# On the way for a day; Stripe's own times depend on the country and the bank.
ON_THE_WAY_S = DAY_S
NOT_RECONCILED = "not_applicable"


def nightly(world: World, night: int) -> None:
    """Pay out what this night finds, as `write_line` has arranged."""
    world.sandbox.store.delete(NIGHT, str(night))
    pay_out(world, at=night)


def pay_out(world: World, *, at: int) -> list[Document]:
    """Make the automatic payouts of one night: one for each currency with money to send."""
    due: dict[str, list[Document]] = {}
    for line in lines(world):
        if line["_payout"] is None and available(line, at) and line["created"] <= at:
            due.setdefault(line["currency"], []).append(line)
    made = []
    for currency, chosen in sorted(due.items()):
        amount = sum(line["net"] for line in chosen)
        if amount <= 0:
            continue  # it waits for better days; Stripe would debit the bank account after a while
        payout = _new(currency, amount, {}, automatic=True, at=at)
        for line in chosen:
            world.put(line | {"_payout": payout["id"]})
        made.append(_send(world, payout))
    return made


def _send(world: World, payout: Document) -> Document:
    line_id = write_line(world, payout, amount=-payout["amount"], kind="payout", at_once=True)
    payout["balance_transaction"] = line_id
    line = world.get("balance_transaction", line_id)
    # A manual payout has no lines of its own, and no night may take its line.
    world.put(line | {"_payout": payout["id"]})
    world.put(payout)
    world.emit("payout.created", payout)
    wait_s = payout["arrival_date"] - clock.now().timestamp()
    world.later(max(wait_s, 1.0), "payout_arrives", payout_id=payout["id"])
    return payout


def _new(
    currency: str, amount: int, given: dict[str, Any], *, automatic: bool, at: int
) -> Document:
    return {
        "id": new_id("po"),
        "object": "payout",
        "amount": amount,
        "application_fee": None,
        "application_fee_amount": None,
        "arrival_date": at + ON_THE_WAY_S,
        "automatic": automatic,
        "balance_transaction": None,
        "created": at,
        "currency": currency,
        "description": given.get("description") or ("STRIPE PAYOUT" if automatic else None),
        "destination": f"ba_1SandboxTill{currency}",
        "failure_balance_transaction": None,
        "failure_code": None,
        "failure_message": None,
        "livemode": False,
        "metadata": given.get("metadata") or {},
        "method": given.get("method") or "standard",
        "original_payout": None,
        "payout_method": None,
        "reconciliation_status": "in_progress" if automatic else NOT_RECONCILED,
        "reversed_by": None,
        "source_type": "card",
        "statement_descriptor": given.get("statement_descriptor"),
        "status": "pending",
        "trace_id": None,
        "type": "bank_account",
    }


def create(world: World, params: dict[str, Any]) -> Document:
    """Send an amount on request; there must be as much available."""
    currency, amount = params["currency"].lower(), params["amount"]
    if amount < 1:
        raise InvalidRequest(
            "Invalid positive integer", code="parameter_invalid_integer", param="amount"
        )
    held = sum(
        line["net"] for line in lines(world) if line["currency"] == currency and available(line)
    )
    if amount > held:
        raise InvalidState(
            "You have insufficient funds in your Stripe account for this transfer. One likely"
            " reason is that a part of your balance is still pending.",
            code="balance_insufficient",
            param="amount",
        )
    return _send(world, _new(currency, amount, params, automatic=False, at=clock.timestamp()))


def arrive(world: World, payout_id: str) -> None:
    """Let a payout reach the bank, and its lines be complete."""
    payout = world.get("payout", payout_id)
    if payout["status"] != "pending":
        return
    moment = datetime.fromtimestamp(payout["arrival_date"], UTC).strftime("%y%m%d")
    payout |= {
        "status": "paid",
        "trace_id": {"status": "supported", "value": f"TILL{moment}{payout['id'][-6:]}"},
    }
    world.put(payout)
    world.emit("payout.paid", payout)
    if payout["automatic"]:
        payout["reconciliation_status"] = "completed"
        world.put(payout)
        before = {"reconciliation_status": "in_progress"}
        world.emit("payout.reconciliation_completed", payout, **before)


def fail(world: World, payout: Document) -> Document:
    """Let the bank send a payout back, before or after it arrived; the money is in the balance."""
    if payout["status"] not in ("pending", "paid"):
        raise InvalidState(f"This payout is already {payout['status']}.")
    payout |= {
        "status": "failed",
        "failure_code": "account_closed",
        "failure_message": "The bank account has been closed.",
        "failure_balance_transaction": _back(world, payout, "payout_failure"),
    }
    world.put(payout)
    world.emit("payout.failed", payout)
    return payout


def cancel(world: World, payout: Document) -> Document:
    """Take a payout back that is not on its way yet."""
    if payout["status"] != "pending" or payout["automatic"]:
        raise InvalidState("Payouts can only be canceled while they are pending and manual.")
    payout |= {
        "status": "canceled",
        "failure_balance_transaction": _back(world, payout, "payout_cancel"),
    }
    world.put(payout)
    world.emit("payout.canceled", payout)
    return payout


def _back(world: World, payout: Document, kind: str) -> str:
    return write_line(world, payout, amount=payout["amount"], kind=kind, at_once=True)

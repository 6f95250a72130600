"""Stripe's balance: the line that every movement of money writes, its fee, and when it is due."""

from sandbox import clock
from sandbox.cards import card_of
from sandbox.store import Document
from sandbox.stripe_fx import MILLION, settle
from sandbox.stripe_spoil import spoil
from sandbox.stripe_world import World, new_id

FEE_PER_MILLE = 29
FEE_FIXED = 30
DAY_S = 24 * 3600
AVAILABLE_AFTER_S = 2 * DAY_S
NIGHT = "stripe.night"
SETTINGS = "stripe.sandbox_settings"


def fee_of(amount: int) -> int:
    """Work out 2.9 % + 30 minor units in integers, halves up."""
    return (amount * FEE_PER_MILLE + 500) // 1000 + FEE_FIXED


def accounts_of(world: World) -> tuple[str, ...]:
    """Name the currencies that have a bank account; none named means that each has its own."""
    settings = world.sandbox.store.get(SETTINGS, "accounts") or {}
    return tuple(settings.get("currencies", ()))


def write_line(
    world: World,
    source: Document,
    *,
    amount: int,
    kind: str,
    fee: int | None = 0,
    at_once: bool = False,
    category: str = "",
) -> str:
    """Write one balance transaction and give its id; a fee of None is the rate's own."""
    to_bank = kind.startswith("payout")
    settled = settle(amount, source["currency"], () if to_bank else accounts_of(world))
    fee = fee_of(settled.amount) if fee is None else fee
    line: Document = {
        "id": new_id("txn"),
        "object": "balance_transaction",
        "amount": settled.amount,
        "available_on": clock.timestamp() + (0 if at_once else AVAILABLE_AFTER_S),
        "balance_type": "payments",
        "created": clock.timestamp(),
        "currency": settled.currency,
        "description": source.get("description"),
        "exchange_rate": settled.rate and settled.rate / MILLION,
        "fee": fee,
        "fee_details": _fee_details(fee, settled.currency) if fee else [],
        "net": settled.amount - fee,
        "reporting_category": category or kind,
        "source": source["id"],
        "status": "available" if at_once else "pending",
        "type": kind,
        "_payout": None,
        "_hidden": False,
    }
    if not to_bank:
        spoil(world, line)
    world.put(line)
    if kind != "payout":
        _arrange_night(world, int(line["available_on"]))
    return str(line["id"])


def _fee_details(fee: int, currency: str) -> list[Document]:
    part = {"amount": fee, "application": None, "currency": currency}
    return [part | {"description": "Stripe processing fees", "type": "stripe_fee"}]


def _arrange_night(world: World, due: int) -> None:
    # Only nights that find something are waited for: time that is moved stops at each of them.
    night = (due // DAY_S + 1) * DAY_S
    if world.sandbox.store.get(NIGHT, str(night)) is None:
        world.sandbox.store.put(NIGHT, str(night), {"at": night})
        world.later(night - clock.now().timestamp(), "nightly_payouts", night=night)


def settle_charge(world: World, charge: Document) -> None:
    """Write a captured charge's line; the caller writes the charge."""
    charge["balance_transaction"] = write_line(
        world,
        charge,
        amount=charge["amount_captured"],
        kind="charge",
        fee=None,
        at_once=card_of(charge).available_at_once,
    )


def settle_later(world: World, charge_id: str) -> None:
    """Settle an automatic_async charge after its answer, and say so by charge.updated."""
    charge = world.get("charge", charge_id)
    if charge["balance_transaction"] is None:
        settle_charge(world, charge)
        world.put(charge)
        world.emit("charge.updated", charge, balance_transaction=None)


def lines(world: World) -> list[Document]:
    """List the lines that Stripe shows, oldest first."""
    found = world.list("balance_transaction", newest_first=False)
    return [line for line in found if not line["_hidden"]]


def available(line: Document, at: int | None = None) -> bool:
    """Say whether a line's money can be paid out."""
    moment = clock.timestamp() if at is None else at
    return bool(line["status"] == "available" or line["available_on"] <= moment)


def balance(world: World) -> Document:
    """Add up the lines: what is pending and what is available, per currency."""
    sums: dict[str, dict[str, int]] = {"available": {}, "pending": {}}
    for line in lines(world):
        part = sums["available" if available(line) else "pending"]
        part[line["currency"]] = part.get(line["currency"], 0) + line["net"]
    currencies = sorted({c for part in sums.values() for c in part}) or ["usd"]
    shown = {
        name: [
            {"amount": part.get(c, 0), "currency": c, "source_types": {"card": part.get(c, 0)}}
            for c in currencies
        ]
        for name, part in sums.items()
    }
    return {"object": "balance", "livemode": False, **shown}

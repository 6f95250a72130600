"""PayPal's account with the merchant: a line for whatever moved, held or freed money."""

from typing import Any

from sandbox import clock
from sandbox.paypal_world import new_id, sandbox
from sandbox.store import Document

LINE = "paypal_line"
# https://developer.paypal.com/docs/transaction-search/transaction-event-codes/
PAYMENT, REVERSAL, REFUND = "T0006", "T1106", "T1107"
HOLD, HOLD_ENDED = "T1110", "T1111"
AUTHORIZATION, REAUTHORIZATION, VOID = "T1300", "T1301", "T1302"
# They change what may be spent, not what there is.
HOLDS = (HOLD, HOLD_ENDED)
# They are told only to whom asks for all records.
NO_BALANCE = (AUTHORIZATION, REAUTHORIZATION, VOID)


def write(
    code: str,
    minor: int,
    of: Document,
    *,
    fee: int = 0,
    transaction_id: str = "",
    reference: tuple[str, str] = ("", ""),
) -> None:
    """Note a movement: `minor` and `fee` are signed, as they change the account.

    `of` has currency, custom id and invoice id; `reference` is an id and its type, `ODR` or `TXN`.
    """
    line: dict[str, Any] = {
        "id": new_id(),
        "transaction_id": transaction_id or new_id(),
        "code": code,
        "at": clock.now().timestamp(),
        "amount": minor,
        "fee": fee,
        "currency": of["amount"]["currency_code"],
        "reference": reference[0],
        "reference_type": reference[1],
        "custom_id": of.get("custom_id", ""),
        "invoice_id": of.get("invoice_id", ""),
    }
    sandbox().store.put(LINE, line["id"], line)


def lines(until: float) -> list[Document]:
    """List every line up to a moment, oldest first, each with the balances after it.

    `total` is what there is, `withheld` what of it may not be spent.
    """
    total: dict[str, int] = {}
    withheld: dict[str, int] = {}
    found = []
    for line in sandbox().store.list(LINE, newest_first=False):
        if line["at"] > until:
            break
        currency = line["currency"]
        if line["code"] in HOLDS:
            withheld[currency] = withheld.get(currency, 0) - line["amount"]
        elif line["code"] not in NO_BALANCE:
            total[currency] = total.get(currency, 0) + line["amount"] + line["fee"]
        balances = {"total": total.get(currency, 0), "withheld": withheld.get(currency, 0)}
        found.append({**line, **balances})
    return found

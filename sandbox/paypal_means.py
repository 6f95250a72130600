"""How an order is paid: what its `payment_source` asks, with the buyer there or without."""

from typing import Any

from sandbox import paypal_vault
from sandbox.paypal_cards import FLOWS, ORDINARY, authentication, funding_of, read_card, shown_card
from sandbox.paypal_errors import PayPalError
from sandbox.paypal_funding import FUNDING, Funding
from sandbox.paypal_world import BUYER, BUYER_ADDRESS, HIDDEN, ORDER, keep
from sandbox.store import Document

Source = dict[str, Any]

AT = "/payment_source"
APPROVE_PAGE = "/checkoutnow?token="
SECURE_PAGE = "/3ds?token="


def pays_at_once(body: dict[str, Any]) -> bool:
    """Say whether a request carries all it takes to pay, so that it must have a PayPal-Request-Id.

    https://developer.paypal.com/docs/api/orders/v2/ : "mandatory for all single-step create order
    calls (E.g. ... payment source information like Card, PayPal.vault_id ...)".
    """
    source = body.get("payment_source")
    if not isinstance(source, dict):
        return False  # the rules will say so
    wallet = source.get("paypal")
    return (
        "card" in source or "token" in source or (isinstance(wallet, dict) and "vault_id" in wallet)
    )


def attach(order: Document, source: Source) -> None:
    """Read how an order is to be paid; leaves it APPROVED, or waiting for the buyer."""
    if not source:
        return
    if len(source) > 1:
        raise PayPalError("INCOMPATIBLE_PARAMETER_VALUE", field=AT)
    [(kind, given)] = source.items()
    if kind == "card":
        _attach_card(order, given)
    elif kind == "token":
        _attach_saved_wallet(order, given["id"], AT + "/token/id", "BILLING_AGREEMENT_NOT_FOUND")
    else:
        _attach_wallet(order, given)


def _attach_wallet(order: Document, wallet: Source) -> None:
    order[HIDDEN]["context"] = wallet.get("experience_context", order[HIDDEN]["context"])
    _note_saving(order, wallet.get("attributes", {}), at=AT + "/paypal/attributes")
    if "vault_id" in wallet:
        _attach_saved_wallet(order, wallet["vault_id"], AT + "/paypal/vault_id")
        return
    order["status"] = "PAYER_ACTION_REQUIRED"
    order["payment_source"] = {"paypal": {}}
    order[HIDDEN]["page"] = APPROVE_PAGE


def _attach_saved_wallet(
    order: Document, token_id: str, field: str, missing: str = "TOKEN_ID_NOT_FOUND"
) -> None:
    token = paypal_vault.saved(token_id, kind="paypal", field=field, missing=missing)
    later = FUNDING[token[HIDDEN]["funding"]].later
    if later:
        raise PayPalError(later)
    approved_with_wallet(order, funding=token[HIDDEN]["funding"])
    order["payment_source"]["paypal"]["attributes"] = {"vault": paypal_vault.mention(token)}
    order[HIDDEN]["saved"] = token_id


def approved_with_wallet(order: Document, *, funding: str) -> None:
    """Write on an order that the buyer pays with their PayPal account."""
    name = {"given_name": BUYER["given_name"], "surname": BUYER["surname"]}
    address = {"country_code": BUYER_ADDRESS["country_code"]}
    order["status"] = "APPROVED"
    order[HIDDEN] |= {"funding": funding, "card": None}
    order["payment_source"] = {
        "paypal": {
            "email_address": BUYER["email"],
            "account_id": BUYER["payer_id"],
            "account_status": "VERIFIED",
            "name": name,
            "address": address,
        }
    }
    order["payer"] = {
        "name": name,
        "email_address": BUYER["email"],
        "payer_id": BUYER["payer_id"],
        "address": address,
    }


def _attach_card(order: Document, card: Source) -> None:
    at, attributes = AT + "/card", card.get("attributes", {})
    stored = card.get("stored_credential", {})
    _check_stored(order, card, stored, at=at)
    _note_saving(order, attributes, at=at + "/attributes")
    hidden = order[HIDDEN]
    hidden["context"] = card.get("experience_context", hidden["context"])
    hidden["method"] = attributes.get("verification", {}).get("method", hidden["method"])
    if "vault_id" in card:
        field = at + "/vault_id"
        token = paypal_vault.saved(card["vault_id"], kind="card", field=field)
        facts, vault = token[HIDDEN]["card"], paypal_vault.mention(token)
        hidden["saved"] = token["id"]
    elif "number" in card or "security_code" in card:
        facts, vault = read_card(card, at=at), None
    else:
        return  # the card fields in the browser will bring the number
    hidden |= {"card": facts, "funding": ""}
    order["payment_source"] = {"card": shown_card(facts)}
    if vault:
        order["payment_source"]["card"]["attributes"] = {"vault": vault}
    by_merchant = stored.get("payment_initiator") == "MERCHANT"
    if not by_merchant and (hidden["method"] == "SCA_ALWAYS" or facts["flow"] != ORDINARY):
        order["status"] = "PAYER_ACTION_REQUIRED"
        hidden["page"] = SECURE_PAGE
    else:
        order["status"] = "APPROVED"


def _check_stored(order: Document, card: Source, stored: Source, *, at: str) -> None:
    """Hold `card_stored_credential`'s rules of what goes together."""
    by_merchant = stored.get("payment_initiator") == "MERCHANT"
    clashes = {
        "payment_type": by_merchant and stored.get("payment_type") == "ONE_TIME",
        "usage": by_merchant and stored.get("usage") == "FIRST",
        "previous_network_transaction_reference": not by_merchant
        and "previous_network_transaction_reference" in stored,
    }
    for name, clash in clashes.items():
        if clash:
            field = f"{at}/stored_credential/{name}"
            raise PayPalError("INCOMPATIBLE_PARAMETER_VALUE", field=field)
    if by_merchant and "security_code" in card:
        raise PayPalError("MERCHANT_INITIATED_WITH_SECURITY_CODE", field=at + "/security_code")
    if by_merchant and len(order["purchase_units"]) > 1:
        raise PayPalError("MERCHANT_INITIATED_WITH_MULTIPLE_PURCHASE_UNITS")


def _note_saving(order: Document, attributes: Source, *, at: str) -> None:
    if "vault" not in attributes:
        return
    if "store_in_vault" not in attributes["vault"]:
        raise PayPalError("VAULT_INSTRUCTION_REQUIRED", field=at + "/vault/store_in_vault")
    terms = {k: v for k, v in attributes["vault"].items() if k != "store_in_vault"}
    order[HIDDEN]["save"] = {"customer": attributes.get("customer", {}), "terms": terms}


def means_of(order: Document) -> Funding:
    """Say what becomes of an approved order's money."""
    card = order[HIDDEN]["card"]
    return funding_of(card) if card else FUNDING[order[HIDDEN]["funding"]]


def asks_bank(order: Document) -> bool:
    """Say whether the bank of an order's card wants to see the buyer, not only their browser."""
    return FLOWS[order[HIDDEN]["card"]["flow"]].asks


def authenticated(order: Document, *, agreed: bool) -> None:
    """Write down how the bank's authentication went; whether to take the money is the merchant's."""
    result = authentication(order[HIDDEN]["card"], agreed=agreed)
    order["payment_source"]["card"]["authentication_result"] = result
    order["status"] = "APPROVED"
    keep(ORDER, order)

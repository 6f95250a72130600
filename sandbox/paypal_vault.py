"""Vault v3: what is kept to pay with later, and the setup tokens that lead to it."""

import secrets
import string
from datetime import timedelta
from typing import Any

from sandbox import clock, paypal_rules
from sandbox.paypal_cards import ORDINARY, is_expired, read_card, shown_card
from sandbox.paypal_errors import PayPalError
from sandbox.paypal_hooks import emit
from sandbox.paypal_sources import PAYMENT_TOKEN, SETUP_TOKEN
from sandbox.paypal_world import (
    BUYER,
    BUYER_ADDRESS,
    HIDDEN,
    find,
    keep,
    link,
    moment_of,
    new_id,
    sandbox,
    shown,
    wire_now,
)
from sandbox.store import Document

SETUP = "paypal_setup_token"
TOKEN = "paypal_payment_token"
SETUP_LIVES = timedelta(days=3)
FULL_NAME = f"{BUYER['given_name']} {BUYER['surname']}"

Body = dict[str, Any]


def new_customer_id() -> str:
    """Make an id like those PayPal gives to customers."""
    return "".join(secrets.choice(string.ascii_letters) for _ in range(10))


def create_setup_token(body: Body) -> Document:
    """Note what is to be saved; a wallet, and a card whose bank asks, wait for the buyer."""
    paypal_rules.check(SETUP_TOKEN, body)
    kind, given = _only(body["payment_source"])
    hidden = _read(kind, given)
    approved = kind == "card" and not hidden["secure"]
    token: Document = {
        "id": new_id(),
        "customer": _customer(body.get("customer", {})),
        "status": "APPROVED" if approved else "PAYER_ACTION_REQUIRED",
        "payment_source": {"card": _card_view(hidden["card"])} if kind == "card" else {kind: {}},
        "create_time": wire_now(),
        HIDDEN: {"kind": kind, "order_id": "", **hidden},
    }
    keep(SETUP, token)
    return token


def _only(source: Body) -> tuple[str, Body]:
    if not source:
        raise PayPalError("MISSING_REQUIRED_PARAMETER", field="/payment_source")
    if len(source) > 1:
        raise PayPalError("INCOMPATIBLE_PARAMETER_VALUE", field="/payment_source")
    [(kind, given)] = source.items()
    return kind, given


def _read(kind: str, given: Body) -> Body:
    """Take from a source what the vault may keep of it."""
    context = given.get("experience_context", {})
    if kind == "card":
        card = read_card(given, at="/payment_source/card")
        always = given.get("verification_method") == "SCA_ALWAYS"
        secure = always or ("verification_method" in given and card["flow"] != ORDINARY)
        return {"context": context, "card": card, "funding": "", "terms": {}, "secure": secure}
    for name in ("return_url", "cancel_url"):
        if name not in context:
            field = f"/payment_source/paypal/experience_context/{name}"
            raise PayPalError("MISSING_REQUIRED_PARAMETER", field=field)
    terms = {name: value for name, value in given.items() if name != "experience_context"}
    return {"context": context, "card": None, "funding": "", "terms": terms, "secure": False}


def _customer(given: Body) -> Body:
    kept = {name: given[name] for name in ("id", "merchant_customer_id") if name in given}
    return {"id": new_customer_id(), **kept}


def load_setup_token(token_id: str) -> Document:
    """Read a setup token; after three days it is gone."""
    token = find(SETUP, token_id)
    if clock.now() - moment_of(token["create_time"]) > SETUP_LIVES:
        raise PayPalError("INVALID_RESOURCE_ID", field="id", value=token_id, location="path")
    return token


def approve_setup(token: Document, *, funding: str = "") -> None:
    """The buyer agrees; a token may have been told to become a payment token at once."""
    hidden = token[HIDDEN]
    hidden["funding"] = funding
    token["status"] = "APPROVED"
    if hidden["kind"] == "paypal":
        token["payment_source"] = {"paypal": _wallet_view(hidden["terms"])}
    if hidden["context"].get("vault_instruction") == "ON_PAYER_APPROVAL":
        token["status"] = "VAULTED"
        _keep_token(token)
    keep(SETUP, token)


def create_payment_token(body: Body) -> Document:
    """Keep what a setup token names, or a card that is given straight away."""
    paypal_rules.check(PAYMENT_TOKEN, body)
    kind, given = _only(body["payment_source"])
    if kind == "card":
        card: Document = {
            "customer": _customer(body.get("customer", {})),
            HIDDEN: {"kind": "card", "order_id": "", **_read("card", given)},
        }
        return _keep_token(card)
    setup = load_setup_token(given["id"])
    wanted = body.get("customer", {}).get("id", setup["customer"]["id"])
    if setup["status"] != "APPROVED" or wanted != setup["customer"]["id"]:
        raise PayPalError.bare(422)
    setup["status"] = "VAULTED"
    keep(SETUP, setup)
    return _keep_token(setup)


def keep_source(order: Document, status: str) -> None:
    """Save what an order was paid with, where it asked for that and the payment went well.

    `status` is the payment's own. One that is still pending is saved when it has completed: until
    then the order tells of it as APPROVED, without an id.
    """
    wish, source = order[HIDDEN]["save"], order["payment_source"]
    if wish is None or status not in ("COMPLETED", "CREATED", "PENDING"):
        return
    kind = "card" if order[HIDDEN]["card"] else "paypal"
    wish["customer"] = _customer(wish["customer"])
    if status == "PENDING":
        up = [link(f"/v2/checkout/orders/{order['id']}", "up")]
        told = {"status": "APPROVED", "customer": wish["customer"], "links": up}
    else:
        token = _keep_token({"customer": wish["customer"], HIDDEN: _hidden_of(order, kind)})
        told = mention(token)
        order[HIDDEN] |= {"save": None, "saved": token["id"]}
    source[kind]["attributes"] = {"vault": told}


def settle_wish(order: Document, status: str) -> None:
    """Save after a review what was to be saved, or stop telling of it."""
    if status in ("DECLINED", "DENIED") and order[HIDDEN]["save"]:
        order["payment_source"]["paypal"].pop("attributes", None)
    keep_source(order, status)


def _hidden_of(order: Document, kind: str) -> Body:
    hidden = order[HIDDEN]
    return {
        "kind": kind,
        "card": hidden["card"],
        "funding": hidden["funding"],
        "terms": hidden["save"]["terms"],
        "order_id": order["id"],
    }


def _keep_token(of: Document) -> Document:
    hidden, token_id = of[HIDDEN], new_id().lower()
    kind, path = hidden["kind"], f"/v3/vault/payment-tokens/{token_id}"
    view = _card_view(hidden["card"]) if kind == "card" else _wallet_view(hidden["terms"])
    token: Document = {
        "id": token_id,
        "customer": of["customer"],
        "payment_source": {kind: view},
        **({"metadata": {"order_id": hidden["order_id"]}} if hidden["order_id"] else {}),
        "create_time": wire_now(),
        "links": [link(path, "self"), link(path, "delete", "DELETE")],
        HIDDEN: {
            "kind": kind,
            "customer_id": of["customer"]["id"],
            "card": hidden["card"],
            "funding": hidden["funding"],
            "order_id": hidden["order_id"],
            "withdrawn": False,
        },
    }
    keep(TOKEN, token)
    emit("VAULT.PAYMENT-TOKEN.CREATED", shown(token))
    return token


def _wallet_view(terms: Body) -> Body:
    return {
        **terms,
        "email_address": BUYER["email"],
        "payer_id": BUYER["payer_id"],
        "account_id": BUYER["payer_id"],
        "name": {
            "given_name": BUYER["given_name"],
            "surname": BUYER["surname"],
            "full_name": FULL_NAME,
        },
        "address": BUYER_ADDRESS,
    }


def _card_view(card: Document) -> Body:
    view = {name: value for name, value in shown_card(card).items() if name != "type"}
    if not card["name"].replace(" ", "").isalpha():
        view.pop("name", None)  # the vault's answers know letters and blanks only
    return view


def load(token_id: str) -> Document:
    """Read a payment token that is still there."""
    return find(TOKEN, token_id)


def mention(token: Document) -> Body:
    """Tell of a payment token inside an order."""
    path = f"/v3/vault/payment-tokens/{token['id']}"
    rows = [link(path, "self"), link(path, "delete", "DELETE")]
    if token[HIDDEN]["order_id"]:
        rows.append(link(f"/v2/checkout/orders/{token[HIDDEN]['order_id']}", "up"))
    return {"id": token["id"], "status": "VAULTED", "customer": token["customer"], "links": rows}


def saved(token_id: str, *, kind: str, field: str, missing: str = "TOKEN_ID_NOT_FOUND") -> Document:
    """Read a payment token to pay with, or refuse in the words of an order."""
    token = sandbox().store.get(TOKEN, token_id)
    if token is None:
        raise PayPalError(missing, field=field, value=token_id[:80])
    if token[HIDDEN]["kind"] != kind:
        raise PayPalError("MISMATCHED_VAULT_ID_TO_PAYMENT_SOURCE", field=field)
    if token[HIDDEN]["withdrawn"]:
        raise PayPalError("AGREEMENT_ALREADY_CANCELLED")
    if kind == "card" and is_expired(token[HIDDEN]["card"]):
        raise PayPalError("CARD_EXPIRED", field=field)
    return token


def of_customer(customer_id: str) -> list[Document]:
    """List what a customer has saved, newest first."""
    every = sandbox().store.list(TOKEN)
    mine = [token for token in every if token[HIDDEN]["customer_id"] == customer_id]
    return [token for token in mine if not token[HIDDEN]["withdrawn"]]


def delete(token_id: str) -> None:
    """Forget a payment token, and tell it."""
    token = find(TOKEN, token_id)
    if token[HIDDEN]["kind"] == "paypal":
        emit("VAULT.PAYMENT-TOKEN.DELETION-INITIATED", shown(token))
    sandbox().store.delete(TOKEN, token_id)
    emit("VAULT.PAYMENT-TOKEN.DELETED", shown(token))


def withdraw(token_id: str) -> None:
    """The buyer ends the agreement in their own PayPal account: for the control desk and tests."""
    token = find(TOKEN, token_id)
    token[HIDDEN]["withdrawn"] = True
    keep(TOKEN, token)
    emit("VAULT.PAYMENT-TOKEN.DELETED", shown(token))

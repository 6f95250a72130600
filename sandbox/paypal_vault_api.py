"""Vault v3 by HTTP: setup tokens and payment tokens, each request once in three hours."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import Response, jsonify, request

from sandbox import paypal_vault
from sandbox.paypal_door import blueprint, body_of_request, need_request_id, once_of_request
from sandbox.paypal_errors import PayPalError
from sandbox.paypal_world import HIDDEN, link, sandbox, shown
from sandbox.store import Document

REMEMBERED_FOR = timedelta(hours=3)
NOT_SHOWN = ("create_time", "update_time", "metadata")  # webhooks alone tell of these
CUSTOMER_ID = re.compile(r"[0-9a-zA-Z_-]{7,36}")
MOST_ON_PAGE, MOST_PAGES = 50, 10


@blueprint.post("/v3/vault/setup-tokens")
def create_setup_token() -> tuple[Response, int]:
    """Note what is to be saved."""
    act = lambda: paypal_vault.create_setup_token(body_of_request())  # noqa: E731
    token, status = _once(act, paypal_vault.load_setup_token)
    return jsonify(_setup_view(token)), status


@blueprint.get("/v3/vault/setup-tokens/<token_id>")
def show_setup_token(token_id: str) -> Response:
    """Show a setup token."""
    return jsonify(_setup_view(paypal_vault.load_setup_token(token_id)))


@blueprint.post("/v3/vault/payment-tokens")
def create_payment_token() -> tuple[Response, int]:
    """Keep it."""
    act = lambda: paypal_vault.create_payment_token(body_of_request())  # noqa: E731
    token, status = _once(act, paypal_vault.load)
    return jsonify(shown(token, without=NOT_SHOWN)), status


@blueprint.get("/v3/vault/payment-tokens")
def list_payment_tokens() -> Response:
    """List what one customer has saved, in pages."""
    customer_id = request.args.get("customer_id", "")
    if not customer_id:
        raise PayPalError("MISSING_REQUIRED_PARAMETER", field="customer_id", location="query")
    if not CUSTOMER_ID.fullmatch(customer_id):
        raise PayPalError("INVALID_PARAMETER_SYNTAX", field="customer_id", location="query")
    size, page = _number("page_size", 5, MOST_ON_PAGE), _number("page", 1, MOST_PAGES)
    every = paypal_vault.of_customer(customer_id)
    rows = every[(page - 1) * size : page * size]
    body: dict[str, Any] = {"customer": {"id": customer_id}}
    if every and request.args.get("total_required") == "true":
        body |= {"total_items": len(every), "total_pages": -(-len(every) // size)}
    query = f"/v3/vault/payment-tokens?customer_id={customer_id}&page_size={size}&page="
    body["payment_tokens"] = [shown(token, without=NOT_SHOWN) for token in rows]
    body["links"] = [link(f"{query}{page}", "self")]
    if page * size < len(every):
        body["links"].append(link(f"{query}{page + 1}", "next"))
    return jsonify(body)


@blueprint.get("/v3/vault/payment-tokens/<token_id>")
def show_payment_token(token_id: str) -> Response:
    """Show a payment token."""
    return jsonify(shown(paypal_vault.load(token_id), without=NOT_SHOWN))


@blueprint.delete("/v3/vault/payment-tokens/<token_id>")
def delete_payment_token(token_id: str) -> tuple[str, int]:
    """Forget it."""
    with sandbox().store.transaction():
        paypal_vault.delete(token_id)
    return "", 204


@blueprint.post("/sandbox/payment-tokens/<token_id>/withdraw")
def withdraw(token_id: str) -> tuple[str, int]:
    """Sandbox only: the buyer ends the agreement in their own account."""
    with sandbox().store.transaction():
        paypal_vault.withdraw(token_id)
    return "", 204


def _once(act: Callable[[], Document], latest: Callable[[str], Document]) -> tuple[Document, int]:
    need_request_id()
    made, replayed = once_of_request(act, latest, REMEMBERED_FOR)
    return made, 200 if replayed else 201


def _number(name: str, default: int, most: int) -> int:
    text = request.args.get(name, str(default))
    if not re.fullmatch(r"[0-9]{1,4}", text) or not 1 <= int(text) <= most:
        raise PayPalError("INVALID_PARAMETER_VALUE", field=name, value=text[:80], location="query")
    return int(text)


def _setup_view(token: Document) -> dict[str, Any]:
    path = f"/v3/vault/setup-tokens/{token['id']}"
    rows = [link(path, "self")]
    if token["status"] == "PAYER_ACTION_REQUIRED":
        page = (
            "/3ds?setup=" if token[HIDDEN]["card"] else "/agreements/approve?approval_session_id="
        )
        rows.append(link(page + token["id"], "approve"))
    if token["status"] == "APPROVED":
        rows.append(link("/v3/vault/payment-tokens", "confirm", "POST"))
    return shown(token, without=("create_time", "update_time")) | {"links": rows}

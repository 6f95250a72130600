"""What every PayPal part needs: ids, times, links, the buyer, the documents in the store."""

import secrets
from datetime import datetime
from typing import Any

from flask import current_app

from sandbox import Sandbox, clock
from sandbox.paypal_errors import PayPalError
from sandbox.store import Document

ORDER = "paypal_order"
AUTHORIZATION = "paypal_authorization"
CAPTURE = "paypal_capture"
REFUND = "paypal_refund"

# The key under which a document keeps what PayPal knows and does not show.
HIDDEN = "_sandbox"

ID_LETTERS = "0123456789ABCDEFGHJKLMNPRSTUVWXY"

BUYER = {
    "payer_id": "QYR5Z8XDVJNXQ",
    "email": "ada.marlowe@buyer.example",
    "given_name": "Ada",
    "surname": "Marlowe",
}
BUYER_ADDRESS = {
    "address_line_1": "12 Harbour Lane",
    "admin_area_2": "Galway",
    "admin_area_1": "Galway",
    "postal_code": "H91 X2C4",
    "country_code": "IE",
}
PAYEE = {"email_address": "merchant@seller.example", "merchant_id": "TESTSHPX2Q7MV"}


def sandbox() -> Sandbox:
    """Find the world this request is in."""
    found: Sandbox = current_app.extensions["sandbox"]
    return found


def base_url() -> str:
    """Say where PayPal is, as its links and its script must name it."""
    return f"{sandbox().config.url}/paypal"


def new_id() -> str:
    """Make an id of the length and letters of PayPal's."""
    return "".join(secrets.choice(ID_LETTERS) for _ in range(17))


def wire_time(moment: datetime) -> str:
    """Write a moment as PayPal does."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def wire_now() -> str:
    """Write the present moment."""
    return wire_time(clock.now())


def moment_of(text: str) -> datetime:
    """Read a moment that we wrote."""
    return datetime.fromisoformat(text)


def find(kind: str, document_id: str, *, parameter: str = "id") -> Document:
    """Read a document or answer that there is none."""
    found = sandbox().store.get(kind, document_id)
    if found is None:
        raise PayPalError(
            "INVALID_RESOURCE_ID", field=parameter, value=document_id[:80], location="path"
        )
    return found


def keep(kind: str, document: Document) -> None:
    """Write a document, noting when."""
    document["update_time"] = wire_now()
    sandbox().store.put(kind, document["id"], document)


def link(path: str, rel: str, method: str = "GET") -> dict[str, str]:
    """Make one HATEOAS link under PayPal's base URL."""
    return {"href": f"{base_url()}{path}", "rel": rel, "method": method}


def shown(document: Document, *, without: tuple[str, ...] = ()) -> dict[str, Any]:
    """Show a document as PayPal does: without what it keeps to itself."""
    return {name: v for name, v in document.items() if name != HIDDEN and name not in without}

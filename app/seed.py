"""The demo: Alma Coffee Roasters with an API key, Masala Junction in India, a link each, and people who can sign in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy import select

from app import keys, passwords, people
from app.config import Config
from app.screening import starter
from models import Merchant, PaymentLink, User, db
from models.ids import new_id

# Each merchant, and what its payment link sells.
ALMA = (
    {"name": "Alma Coffee Roasters", "support_email": "hello@alma.example", "brand_color": "#7a3e1d", "country": "DE"},
    {
        "title": "Coffee tasting for two", "currency": "EUR", "amount_minor": 4900, "max_quantity": 6,
        "tax_rates": [{"name": "VAT", "rate_bps": 1900, "inclusive": True}],
    },
)  # fmt: skip
MASALA = (
    {"name": "Masala Junction", "support_email": "namaste@masala.example", "brand_color": "#b3261e", "country": "IN"},
    {
        "title": "Spice box for a month", "currency": "INR", "amount_minor": 149900, "max_quantity": 6,
        "tax_rates": [{"name": "GST", "rate_bps": 500, "inclusive": True}],
    },
)  # fmt: skip


class Demonstrator(NamedTuple):
    """Somebody to try the pages with."""

    email: str
    name: str
    role: people.Role


# fmt: off
PEOPLE = {
    "analyst":  Demonstrator("analyst@till.example",  "Ada Marlowe",  "analyst"),
    "analyst2": Demonstrator("analyst2@till.example", "Ben Okafor",   "analyst"),
    "admin":    Demonstrator("admin@till.example",    "Chiara Lind",  "admin"),
    "merchant": Demonstrator("merchant@till.example", "Dilek Aydın",  "merchant"),
}
# fmt: on


def demo(config: Config, *, known: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Make what is not there yet of the demo, and a fresh API key. Returns ids, the key, the link's URL and the people.

    `known` are the passwords to be used, by the names in PEOPLE.
    """
    with db.transaction():
        merchant, link = _shop(*ALMA)
        # Where real money may move, one merchant is enough to begin with.
        india = _shop(*MASALA)[1] if config.is_sandbox else None
        if config.is_sandbox:
            starter.give(merchant.id)
        key = keys.new(merchant.id, name="demo", live=config.is_live)
    return {
        "merchant_id": merchant.id,
        "api_key": key,
        "payment_link_id": link.id,
        "payment_link_url": f"{config.base_url}/l/{link.id}",
        "india_link_url": f"{config.base_url}/l/{india.id}" if india else None,
        # Where real money may move, nobody has a password that stands in a file.
        "users": everybody(merchant.id, known or {}) if config.is_sandbox else {},
    }


def _shop(merchant: dict[str, Any], sells: dict[str, Any]) -> tuple[Merchant, PaymentLink]:
    """The merchant and its link, each made unless it is there."""
    session = db.session()
    shop = session.scalar(select(Merchant).where(Merchant.name == merchant["name"]))
    if shop is None:
        shop = Merchant(id=new_id("mer"), **merchant)
        db.insert(shop)
    link = session.scalar(select(PaymentLink).where(PaymentLink.merchant_id == shop.id))
    if link is None:
        link = PaymentLink(id=new_id("lnk"), merchant_id=shop.id, **sells)
        db.insert(link)
    return shop, link


def everybody(merchant_id: str, known: Mapping[str, str]) -> dict[str, dict[str, str | None]]:
    """The demo's people. Of those who were there already the password is told only if it is known."""
    return {
        short: {"email": one.email, "password": _person(one, merchant_id, known.get(short))}
        for short, one in PEOPLE.items()
    }


def _person(one: Demonstrator, merchant_id: str, password: str | None) -> str | None:
    there = db.session().scalar(select(User).where(User.email == one.email))
    if there is None:
        wanted = people.NewUser(
            email=one.email,
            name=one.name,
            role=one.role,
            merchant_id=merchant_id if one.role == "merchant" else None,
        )
        given = password or passwords.generate()
        return people.create(wanted, password=given, is_demo=True)[1]
    db.release()
    if password and not passwords.is_right(password, there.password_hash):
        people.set_password(there.id, password)
    return password

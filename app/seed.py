"""The demo merchant: Alma Coffee Roasters, with a payment link and an API key."""

from __future__ import annotations

from sqlalchemy import select

from app import keys
from app.config import Config
from models import Merchant, PaymentLink, db
from models.ids import new_id

NAME = "Alma Coffee Roasters"


def demo(config: Config) -> dict[str, str]:
    """Make the demo merchant unless it is there, and a fresh API key. Returns ids, the key and the link's URL."""
    found = db.session().scalar(select(Merchant).where(Merchant.name == NAME))
    with db.transaction() as session:
        merchant = found or Merchant(
            id=new_id("mer"),
            name=NAME,
            support_email="hello@alma.example",
            brand_color="#7a3e1d",
            country="DE",
        )
        if found is None:
            db.insert(merchant)
        link = session.scalar(select(PaymentLink).where(PaymentLink.merchant_id == merchant.id))
        if link is None:
            link = PaymentLink(
                id=new_id("lnk"),
                merchant_id=merchant.id,
                title="Coffee tasting for two",
                currency="EUR",
                amount_minor=4900,
                max_quantity=6,
                tax_rates=[{"name": "VAT", "rate_bps": 1900, "inclusive": True}],
            )
            db.insert(link)
        key = keys.new(merchant.id, name="demo", live=config.is_live)
    return {
        "merchant_id": merchant.id,
        "api_key": key,
        "payment_link_id": link.id,
        "payment_link_url": f"{config.base_url}/l/{link.id}",
    }

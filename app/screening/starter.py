"""The rules that a demo merchant begins with: three that a newcomer can read, try out at the demo shop, and change."""

from __future__ import annotations

from sqlalchemy import select

from models import RiskRule, clock, db
from models.ids import new_id

RULES = (
    "challenge if :account_age_days: < 7 and :card_country: != :ip_country:",
    "review if :email_is_disposable: and :failed_logins_24h: >= 5",
    "block if :email_is_disposable: and :failed_logins_24h: >= 100",
)


def give(merchant_id: str) -> None:
    """Give the merchant these rules unless it has had any, in the open transaction."""
    known = select(RiskRule.id).where(RiskRule.merchant_id == merchant_id).limit(1)
    if db.session().scalar(known) is not None:
        return
    for text in RULES:
        db.insert(
            RiskRule(
                id=new_id("rul"),
                merchant_id=merchant_id,
                text=text,
                state="live",
                author="system",
                approver="system",
                approved_at=clock.now(),
            )
        )

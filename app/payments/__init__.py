"""The money path.

A merchant opens a session (`open_session`), or a visitor of a payment link does (`visit`): an order is
priced and stored, with a payment that waits for it. The shopper presses Pay (`confirm`), or the
merchant's server pays with a token (`pay`): it is screened (`screen`), an attempt is written down, the
provider is asked, the answer is recorded. A challenge is finished in the shopper's browser or at
PayPal (`approve`). Later the merchant may `capture`, `cancel` or `refund`. Whoever hears of news calls
`sync`, which asks the provider how it stands. Every answer comes through one door, `record`.
"""

from app.payments.approve import approve, cancel_approval, check_return
from app.payments.cancel import cancel, expire, expire_due
from app.payments.capture import capture
from app.payments.choose import choose
from app.payments.chosen import Confirm
from app.payments.confirm import confirm
from app.payments.create import open_session
from app.payments.find import current_attempt, operations_of, own, session_of
from app.payments.inbox import fetch_missed
from app.payments.links import create_link, update_link, visit, why_closed
from app.payments.pay import pay
from app.payments.refund import refund
from app.payments.sync import catch_up_disputes, sync, sync_attempt, sync_reference
from app.payments.tokens import create_token

__all__ = [
    "Confirm", "approve", "cancel", "cancel_approval", "capture", "catch_up_disputes", "check_return", "choose",
    "confirm", "create_link", "create_token", "current_attempt", "expire", "expire_due", "fetch_missed",
    "open_session", "operations_of", "own", "pay", "refund", "session_of", "sync", "sync_attempt", "sync_reference",
    "update_link", "visit", "why_closed",
]  # fmt: skip

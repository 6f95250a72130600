"""Every state a hosted page can be in: its HTTP status, and the words the shopper reads."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """One line of the table; `{…}` is filled in by app/web/view.py."""

    status: int
    tone: str  # the badge: ok | wait | back | plain
    tab: str  # the browser tab, before the merchant's name
    headline: str
    text: str
    steps: tuple[str, ...] = ()


# States in which the form is shown.
FORM = frozenset({"open", "declined", "requires_action", "amount_changed"})

# States that somebody else will change soon: the page asks again by itself.
WAITING = frozenset({"processing", "in_review"})

_SHIPS = "{merchant} takes it from here and tells you when your order is on its way."

# fmt: off
NOTICES = {
    "processing": Words(200, "wait", "Checking your payment", "Checking your payment",
        "We are waiting for an answer about your payment. Please do not pay again: one order is "
        "never charged twice.",
        ("This usually takes a few seconds, and in rare cases a day or more.",
         "You can close this page. It shows the answer whenever you come back.")),
    "in_review": Words(200, "wait", "Order received", "We are checking your order",
        "{merchant} has your order and is looking it over. There is nothing you need to do.",
        ("You will hear from {merchant} by e-mail, usually within a day.",
         "If the order cannot be confirmed, you are not charged.")),
    "paid": Words(200, "ok", "Paid", "Payment received", "Thank you. {merchant} has your order.",
        ("{receipt}", _SHIPS)),
    "authorized": Words(200, "ok", "Order placed", "Order placed",
        "Thank you. {total} is reserved and not taken yet.",
        ("You are charged when {merchant} ships your order.",
         "If it is not shipped, the reserved amount becomes free by itself.", "{receipt}")),
    "partially_refunded": Words(200, "back", "Partly refunded", "Partly refunded",
        "{merchant} gave {refunded} of {total} back to you.",
        ("It went back the way you paid. Banks usually need 5 to 10 days to show it.",)),
    "refunded": Words(200, "back", "Refunded", "Refunded in full",
        "{merchant} gave {refunded} back to you.",
        ("It went back the way you paid. Banks usually need 5 to 10 days to show it.",)),
    "chargeback": Words(200, "back", "Payment disputed", "This payment is disputed",
        "Your bank or PayPal has taken this payment back from {merchant} to look into it.",
        ("They tell you what they decide. Questions about the order go to {merchant}.",)),
    "given_back": Words(410, "plain", "Expired", "This checkout has expired",
        "{closed} Your last try had no answer in time. Should its money still be taken, it is given "
        "back by itself.",
        ("Ask {merchant} for a new link if you still want to pay.",)),
    "expired": Words(410, "plain", "Expired", "This checkout has expired",
        "{closed} No money was taken. Ask {merchant} for a new link."),
    "failed": Words(410, "plain", "Not paid", "This payment was not completed",
        "The last try was declined, and this checkout is closed now. No money was taken. "
        "Ask {merchant} for a new link if you still want to pay."),
    "canceled": Words(410, "plain", "Canceled", "{merchant} canceled this order",
        "You have not been charged. If your bank reserved the amount, it becomes free by itself "
        "within a few days."),
    "link_deactivated": Words(410, "plain", "Not available", "This payment link is switched off",
        "{message}"),
    "link_used_up": Words(410, "plain", "Not available", "This payment link has been used",
        "It can be used no more often, and you have not been charged. "
        "Ask {merchant} for a new link."),
    "link_expired": Words(410, "plain", "Expired", "This payment link has expired",
        "It was open until {expires}. You have not been charged. Ask {merchant} for a new link."),
    "link_not_started": Words(403, "plain", "Not open yet", "This payment link is not open yet",
        "It opens on {starts}. Come back then; there is nothing to pay before."),
}
# fmt: on

SWITCHED_OFF = "You have not been charged. Ask {merchant} for a new link."

"""Every state a hosted page can be in: its HTTP status, and the words the shopper reads."""

from dataclasses import dataclass

from app.languages import N_


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
WAITING = frozenset({"processing", "in_review", "waiting"})

_SHIPS = N_("{merchant} takes it from here and tells you when your order is on its way.")

_KEEP = N_("This page is your receipt: keep its address or print it.")

# fmt: off
NOTICES = {
    "processing": Words(200, "wait", N_("Checking your payment"), N_("Checking your payment"),
        N_("We are waiting for an answer about your payment. Please do not pay again: one order is "
        "never charged twice."),
        (N_("This usually takes a few seconds, and in rare cases a day or more."),
         N_("You can close this page. It shows the answer whenever you come back."))),
    "waiting": Words(200, "wait", N_("Waiting for your approval"),
        N_("Approve the payment in your app or at your bank"),
        N_("It is {total} to {merchant}. This page shows the answer by itself."),
        (N_("You have until {deadline}. After that, nothing is taken, and you can try again."),
         N_("To pay in another way, decline there and cancel here. If you approve it all the same, that money comes "
            "back by itself within a few days."))),
    "debited": Words(200, "wait", N_("Checking your payment"), N_("Checking your payment"),
        N_("Your bank was asked to pay {total} to {merchant}. Please do not pay again: one order is never "
        "charged twice."),
        (N_("Your bank usually answers within 5 working days."),
         N_("You do not need to do anything. You can close this page: it shows the answer whenever you come back."))),
    "scan": Words(200, "wait", N_("Waiting for your approval"), N_("Scan the code with your UPI app"),
        N_("It is {total} to {merchant}. This page shows the answer by itself."),
        (N_("You have until {deadline}. After that, nothing is taken, and you can try again."),)),
    "in_review": Words(200, "wait", N_("Order received"), N_("We are checking your order"),
        N_("{merchant} has your order and is looking it over. There is nothing you need to do."),
        (N_("You will hear from {merchant} by e-mail, usually within a day."),
         N_("{total} is reserved meanwhile and not taken yet. If the order cannot be confirmed, it becomes free by "
            "itself."))),
    "paid": Words(200, "ok", N_("Paid"), N_("Payment received"), N_("Thank you. {merchant} has your order."),
        (_KEEP, _SHIPS)),
    "authorized": Words(200, "ok", N_("Order placed"), N_("Order placed"),
        N_("Thank you. {total} is reserved and not taken yet."),
        (N_("You are charged when {merchant} ships your order."),
         N_("If it is not shipped, the reserved amount becomes free by itself."), _KEEP)),
    "partially_refunded": Words(200, "back", N_("Partly refunded"), N_("Partly refunded"),
        N_("{merchant} gave {refunded} of {total} back to you."),
        (N_("It went back the way you paid. Banks usually need 5 to 10 days to show it."),)),
    "refunded": Words(200, "back", N_("Refunded"), N_("Refunded in full"),
        N_("{merchant} gave {refunded} back to you."),
        (N_("It went back the way you paid. Banks usually need 5 to 10 days to show it."),)),
    "chargeback": Words(200, "back", N_("Payment disputed"), N_("This payment is disputed"),
        N_("Your bank or PayPal has taken this payment back from {merchant} to look into it."),
        (N_("They tell you what they decide. Questions about the order go to {merchant}."),)),
    "given_back": Words(410, "plain", N_("Expired"), N_("This checkout has expired"),
        N_("{closed} Your last try had no answer in time. Should its money still be taken, it is given "
        "back by itself."),
        (N_("Ask {merchant} for a new link if you still want to pay."),)),
    "expired": Words(410, "plain", N_("Expired"), N_("This checkout has expired"),
        N_("{closed} No money was taken. Ask {merchant} for a new link.")),
    "lapsed": Words(410, "plain", N_("Expired"), N_("The reservation has ended"),
        N_("Its time was over before {merchant} took the money. The reservation of {total} is released, and nothing "
        "was taken."),
        (N_("It can be a few days until your bank shows it."),
         N_("Ask {merchant} for a new link if you still want to pay."))),
    "failed": Words(410, "plain", N_("Not paid"), N_("This payment was not completed"),
        N_("The last try was declined, and this checkout is closed now. No money was taken. "
        "Ask {merchant} for a new link if you still want to pay.")),
    "canceled": Words(410, "plain", N_("Canceled"), N_("{merchant} canceled this order"),
        N_("You have not been charged. If your bank reserved the amount, it becomes free by itself "
        "within a few days.")),
    "link_deactivated": Words(410, "plain", N_("Not available"), N_("This payment link is switched off"),
        ""),  # the merchant's own text, or SWITCHED_OFF
    "link_used_up": Words(410, "plain", N_("Not available"), N_("This payment link has been used"),
        N_("It cannot be used again. Nothing was charged just now; a payment that you made with it before stands. "
        "Ask {merchant} if you need a new link.")),
    "link_expired": Words(410, "plain", N_("Expired"), N_("This payment link has expired"),
        N_("It was open until {expires}. Nothing was charged just now. Ask {merchant} for a new link.")),
    "link_not_started": Words(403, "plain", N_("Not open yet"), N_("This payment link is not open yet"),
        N_("It opens on {starts}. Come back then; there is nothing to pay before.")),
}
# fmt: on

SWITCHED_OFF = N_("Nothing was charged just now. Ask {merchant} for a new link.")

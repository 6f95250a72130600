"""What the panel offers to break, in plain words: a table. Each says what shopper and merchant are going to see."""

from collections.abc import Container
from dataclasses import dataclass
from typing import Any

from sandbox.faults import Fault, Script

# Where a provider takes money: what a charge, a capture or an order's payment is asked for.
CHARGES = {
    "stripe": "/v1/payment_intents",
    "paypal": "/v2/checkout/orders/",
    "razorpay": "/v1/payments/",
}


@dataclass(frozen=True)
class Preset:
    """One button: its words, and the trouble behind it."""

    key: str
    title: str
    shopper: str
    merchant: str
    trouble: dict[str, Any]
    charges: bool = False

    def script(self, provider: str, payment: str) -> Script:
        """Make the script of one step; for one payment where one is chosen."""
        aim: dict[str, Any] = {"payment": payment} if payment else {}
        if self.charges:
            aim |= {"method": "POST"}  # of one payment: its capture and its refunds as well
        if self.charges and not payment:
            aim |= {"path_prefix": CHARGES[provider]}
        return Script(name=self.title, steps=[Fault(provider=provider, **self.trouble, **aim)])


SAME = "The same as without it."
REQUEST_PRESETS = (
    Preset("lost", "Charge, then lose the answer", "“Checking your payment”, then the receipt.",
           "One charge, captured: Till asked again with the same key.",
           {"kind": "drop", "times": 3}, charges=True),
    Preset("waiting", "Charge, and answer half a minute later", "“Checking your payment”, then the receipt.",
           "One charge, captured: Till did not wait, and asked again with the same key.",
           {"kind": "execute_then_hang", "seconds": 30, "times": 3}, charges=True),
    Preset("silent", "Hang for half a minute, then charge", "“Checking your payment”, until it is known.",
           "`processing`, then captured, once.",
           {"kind": "hang_then_execute", "seconds": 30, "times": 3}, charges=True),
    Preset("failing", "Charge, and answer 500", "“Checking your payment”, then the receipt.",
           "One charge, captured.", {"kind": "error_after_execute", "times": 3}, charges=True),
    Preset("cut", "Cut the answer in the middle", "“Checking your payment”, then the receipt.",
           "One charge, captured.", {"kind": "cut", "times": 3}, charges=True),
    Preset("garbage", "Answer in garbage", "“Checking your payment”, then the receipt.",
           "One charge, captured.", {"kind": "garbage", "times": 3}, charges=True),
    Preset("down", "Be down for the next 30 requests", "Nothing is taken; the page says that it is not known yet.",
           "`processing` until the provider is back, then as it says.", {"kind": "error", "times": 30}),
    Preset("busy", "Say “too many requests”", "It takes a little longer.",
           "Captured in the end, once; without the page Till asks again after half a minute.",
           {"kind": "rate_limit", "retry_after_s": 2}, charges=True),
    Preset("slow", "Be slow: five seconds a request", "A patient button.", SAME,
           {"kind": "slow", "seconds": 5, "times": 5}),
)  # fmt: skip
WEBHOOK_PRESETS = (
    Preset("twice", "Send every webhook twice", SAME, "Every event has its effect once.",
           {"kind": "duplicate", "times": 50}),
    Preset("swapped", "Send the next webhooks in the wrong order", SAME,
           "The true status: Till asks, whatever the order.", {"kind": "reorder", "times": 10}),
    Preset("late", "Send the next webhooks an hour late", SAME,
           "The truth at once where Till asked itself; else after an hour.",
           {"kind": "delay", "seconds": 3600, "times": 10}),
    Preset("dropped", "Never send the next webhooks", SAME,
           "Till asks by its schedule, and learns it all the same.", {"kind": "drop_webhook", "times": 10}),
    Preset("stale", "Sign with a stamp of a month ago", SAME,
           "400 to each; found out by asking.", {"kind": "stale", "times": 10}),
    Preset("forged", "Sign wrongly", SAME, "400 to each; found out by asking.",
           {"kind": "wrong_signature", "times": 10}),
    Preset("foreign", "Send another account’s webhooks too", SAME,
           "Taken, looked up, and nothing of ours is changed.", {"kind": "other_account", "times": 10}),
)  # fmt: skip
PRESETS = {preset.key: preset for preset in (*REQUEST_PRESETS, *WEBHOOK_PRESETS)}

# act → its button, what the shopper and the merchant are going to see
ACT_WORDS = (
    ("refund", "Refund at the provider", "The money is back.", "`refunded`, with a refund that Till did not ask for."),
    ("dispute", "Open a dispute: “that was not me”", "The bank has the money back.", "`chargeback`."),
    ("dispute_goods", "Open a dispute: “nothing came”", "The bank has the money back.", "`chargeback`."),
    ("fraud_warning", "Warn of fraud", "Nothing.", "A warning at `/risk`; refunded where the policy says so."),
    ("abandon_challenge", "Close the bank’s page for good", "The check is never finished.",
     "`requires_action`; a checkout expires, a payment by API can be canceled."),
    ("wrong_settlement", "Settle a wrong amount (1.00 too little)", "Nothing.",
     "The provider’s books differ from ours by 1.00."),
)  # fmt: skip
# (act, provider) → the same two sentences where it is otherwise there
ACT_WORDS_AT = {
    ("dispute_goods", "paypal"): (
        "Nothing yet: the merchant is asked first.",
        "Nothing yet, an inquiry; `chargeback` when nobody answers within ten days.",
    ),
}


def act_words(provider: str, acts: Container[str]) -> list[tuple[str, str, str, str]]:
    """The rows of these acts, in this provider's words."""
    return [
        (name, title, *ACT_WORDS_AT.get((name, provider), words))
        for name, title, *words in ACT_WORDS
        if name in acts
    ]


# button → how far the clock moves
ADVANCES = {
    "5 minutes": {"minutes": 5},
    "1 hour": {"hours": 1},
    "1 day": {"days": 1},
    "30 days": {"days": 30},
}
# What the desk's `next_due` calls it → what happens then.
NEXT_WORDS = {
    "timer": "something happens at a provider",
    "webhook": "a webhook is sent",
    "till": "Till looks after a payment",
}
# What stands in the box for scripts until somebody writes their own.
EXAMPLE = """{"name": "A bad day",
 "steps": [
  {"provider": "stripe", "kind": "drop", "method": "POST",
   "path_prefix": "/v1/payment_intents", "times": 2},
  {"provider": "stripe", "kind": "rate_limit", "retry_after_s": 2},
  {"provider": "stripe", "kind": "duplicate",
   "event": "payment_intent.", "times": 5}
 ]}
"""

"""State machines as text: what may follow what, what the world hears, and the statuses that are derived."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self


class IllegalStep(Exception):
    """The provider's news contradicts what it told us before."""

    def __init__(self, machine: str, state: str, verb: str) -> None:
        super().__init__(f"{machine}: {state} cannot {verb}")
        self.machine, self.state, self.verb = machine, state, verb


@dataclass(frozen=True)
class Machine:
    """States without a cycle: `(state, verb) → (next state, event)`."""

    name: str
    steps: Mapping[tuple[str, str], tuple[str, str]]

    @classmethod
    def read(cls, name: str, text: str) -> Self:
        """Read `state verb next event` lines. Raises ValueError for a rule written twice."""
        steps: dict[tuple[str, str], tuple[str, str]] = {}
        for line in filter(None, map(str.strip, text.splitlines())):
            state, verb, following, event = line.split()
            if (state, verb) in steps:
                raise ValueError(f"{name}: {state} {verb} is written twice")
            steps[state, verb] = (following, event)
        return cls(name, steps)

    @property
    def states(self) -> list[str]:
        """Every state, in the order of the text."""
        return list(dict.fromkeys(s for (a, _), (b, _) in self.steps.items() for s in (a, b)))

    @property
    def verbs(self) -> list[str]:
        """Every verb, in the order of the text."""
        return list(dict.fromkeys(verb for _, verb in self.steps))

    @property
    def events(self) -> list[str]:
        """Every event that a step emits."""
        return list(dict.fromkeys(event for _, event in self.steps.values()))

    def final(self, state: str) -> bool:
        """Whether nothing follows."""
        return all(start != state for start, _ in self.steps)

    def reachable(self, state: str) -> set[str]:
        """All states that can come after `state`."""
        found: set[str] = set()
        front = [state]
        while front:
            here = front.pop()
            following = {b for (a, _), (b, _) in self.steps.items() if a == here} - found
            found |= following
            front.extend(following)
        return found

    def is_old_news(self, state: str, verb: str) -> bool:
        """Whether the news tells of a state that was reached or passed already."""
        if (state, verb) in self.steps:
            return False
        told = {b for (_, v), (b, _) in self.steps.items() if v == verb}
        return any(t == state or state in self.reachable(t) for t in told)

    def step(self, state: str, verb: str) -> tuple[str, str]:
        """The next state and the event. Raises IllegalStep."""
        try:
            return self.steps[state, verb]
        except KeyError:
            raise IllegalStep(self.name, state, verb) from None

    def mermaid(self) -> str:
        """The machine as a Mermaid state diagram."""
        lines = [f"    {a} --> {b}: {verb}" for (a, verb), (b, _) in self.steps.items()]
        start = next(iter(self.steps))[0]
        return "\n".join(["stateDiagram-v2", f"    [*] --> {start}", *lines])


# One try at a provider. `started` means "we asked and do not know yet"; it is never left by silence.
#   when      told to    it becomes  and the world hears
ATTEMPT = Machine.read(
    "attempt",
    """
    started     challenge  challenged  payment.requires_action
    started     wait       pending     payment.waiting
    started     authorize  authorized  payment.authorized
    started     capture    captured    payment.captured
    started     decline    declined    payment.failed
    started     void       voided      payment.attempt_voided
    started     surplus    surplus     payment.surplus
    challenged  wait       pending     payment.waiting
    challenged  authorize  authorized  payment.authorized
    challenged  capture    captured    payment.captured
    challenged  decline    declined    payment.failed
    challenged  void       voided      payment.attempt_voided
    challenged  surplus    surplus     payment.surplus
    pending     authorize  authorized  payment.authorized
    pending     capture    captured    payment.captured
    pending     decline    declined    payment.failed
    pending     void       voided      payment.attempt_voided
    pending     surplus    surplus     payment.surplus
    authorized  capture    captured    payment.captured
    authorized  void       voided      payment.canceled
    declined    surplus    surplus     payment.surplus
    voided      surplus    surplus     payment.surplus
    """,
)

# A capture or a void that we ask for, a refund that anybody asks for.
CAPTURE = Machine.read(
    "capture",
    """
    started  succeed  succeeded  capture.succeeded
    started  wait     pending    capture.pending
    started  fail     failed     capture.failed
    pending  succeed  succeeded  capture.succeeded
    pending  fail     failed     capture.failed
    """,
)
VOID = Machine.read(
    "void",
    """
    started  succeed  succeeded  void.succeeded
    started  wait     pending    void.pending
    started  fail     failed     void.failed
    pending  succeed  succeeded  void.succeeded
    pending  fail     failed     void.failed
    """,
)
# A bank can send a refund back days after it succeeded.
REFUND = Machine.read(
    "refund",
    """
    started    succeed  succeeded  refund.succeeded
    started    wait     pending    refund.pending
    started    fail     failed     refund.failed
    pending    succeed  succeeded  refund.succeeded
    pending    fail     failed     refund.failed
    succeeded  fail     failed     refund.failed
    """,
)
# The shopper's bank takes the money back: `open` has already cost us the money, `won` returns it.
DISPUTE = Machine.read(
    "dispute",
    """
    started  open  open  dispute.opened
    open     win   won   dispute.won
    open     lose  lost  dispute.lost
    """,
)
# A method kept without a payment.
SETUP = Machine.read(
    "setup",
    """
    started     challenge  challenged  setup.requires_action
    started     wait       pending     setup.pending
    started     succeed    succeeded   setup.succeeded
    started     decline    declined    setup.declined
    challenged  wait       pending     setup.pending
    challenged  succeed    succeeded   setup.succeeded
    challenged  decline    declined    setup.declined
    pending     succeed    succeeded   setup.succeeded
    pending     decline    declined    setup.declined
    """,
)
OPERATIONS = {"capture": CAPTURE, "void": VOID, "refund": REFUND, "dispute": DISPUTE}

# Two ways of saying that no money was taken; hearing the second after the first changes nothing.
NO_MONEY = frozenset(
    {
        ("declined", "void"),
        ("voided", "decline"),
        ("surplus", "void"),
        ("surplus", "decline"),
        ("surplus", "wait"),
    }
)
LIVE = frozenset({"started", "challenged", "pending", "authorized", "captured"})
UNDECIDED = frozenset({"started", "challenged", "pending"})

# payment status → what its order and its checkout session are called then
# fmt: off
DERIVED = {
    "pending":            ("pending",            "open"),
    "requires_action":    ("pending",            "open"),
    "processing":         ("pending",            "open"),
    "failed":             ("failed",             "open"),
    "in_review":          ("pending",            "complete"),
    "authorized":         ("pending",            "complete"),
    "captured":           ("paid",               "complete"),
    "partially_refunded": ("partially_refunded", "complete"),
    "refunded":           ("refunded",           "complete"),
    "chargeback":         ("charged_back",       "complete"),
    "canceled":           ("canceled",           "canceled"),
    "expired":            ("expired",            "expired"),
}
# fmt: on
PAYMENT_STATUSES = tuple(DERIVED)
ORDER_STATUSES = tuple(dict.fromkeys(order for order, _ in DERIVED.values()))
_OF_ATTEMPT = {
    "started": "processing",
    "pending": "processing",
    "challenged": "requires_action",
    "authorized": "authorized",
    "declined": "failed",
}


def payment_status(
    *,
    attempt: str | None,
    captured: int,
    refunded: int,
    disputed: int,
    closed: str | None,
    held: bool,
    asking: bool,
) -> str:
    """A payment's status from the facts: the state of its last attempt, its sums in minor units, how it was closed.

    `closed` is `canceled`, `expired` or None; `held` is an authorization that waits for a human;
    `asking`, one that a capture or void without an answer is about.
    """
    if disputed:
        return "chargeback"
    if captured:
        if refunded:
            return "refunded" if refunded >= captured else "partially_refunded"
        return "captured"
    if attempt == "authorized":
        return "processing" if asking else "in_review" if held else "authorized"
    if closed:
        return closed
    return _OF_ATTEMPT.get(attempt or "", "pending")

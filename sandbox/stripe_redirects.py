"""iDEAL and UPI: the shopper approves on a page or in an app of the bank, or does not."""

from sandbox import clock
from sandbox.cards import NO_CARD
from sandbox.ibans import BY_IBAN
from sandbox.store import Document
from sandbox.stripe_charges import new_charge
from sandbox.stripe_charging import accept, future_use
from sandbox.stripe_credentials import BANKS
from sandbox.stripe_customers import attach
from sandbox.stripe_errors import DOC_URL, InvalidRequest
from sandbox.stripe_mandates import new_mandate
from sandbox.stripe_objects import payment_method
from sandbox.stripe_secure import await_answer, is_open, open_attempt, page_of, redirect_to
from sandbox.stripe_states import fail_intent
from sandbox.stripe_world import World, new_id

# Stripe publishes no time; five minutes is our assumption.
UPI_OPEN_S = 300
NL_IBAN = "NL39RABO0300065264"
HOLDER = "Sandbox Shopper"
VPA = "shopper@sandbox"
# How an approval can fail, with the code of Stripe's enum that says so. Which of them Stripe sends
# for these two methods could not be checked.
# fmt: off
FAILURES = {
    "failed": ("payment_intent_authentication_failure",
               "The provided PaymentMethod has failed authentication. You can provide another"
               " PaymentMethod to attempt to fulfill this PaymentIntent again."),
    "declined": ("payment_method_customer_decline",
                 "The customer declined this payment in their app."),
    "expired": ("payment_intent_payment_attempt_expired",
                "The latest payment attempt has expired: the customer did not approve it in time."),
}
# fmt: on


def start_ideal(
    world: World, intent: Document, method: Document, *, return_url: str | None
) -> Document:
    """Send the shopper to their bank; there is no other way than leaving the page."""
    if not return_url:
        raise InvalidRequest(
            "A `return_url` must be provided for payment methods that redirect: ideal.",
            code="parameter_missing",
            param="return_url",
        )
    attempt = open_attempt(world, intent, method, return_url=return_url)
    action = redirect_to(page_of(world, "ideal", attempt), return_url)
    await_answer(world, intent, attempt, action)
    return intent


def start_upi(
    world: World, intent: Document, method: Document, *, return_url: str | None
) -> Document:
    """Show a QR code, and a page with it; the request is open for a while only."""
    attempt = open_attempt(world, intent, method, return_url=return_url)
    page = page_of(world, "upi", attempt)
    expires_at = clock.timestamp() + UPI_OPEN_S
    qr_code = {
        "expires_at": expires_at,
        "image_url_png": page + "/qr.png",
        "image_url_svg": page + "/qr.svg",
    }
    kind = "upi_handle_redirect_or_display_qr_code"
    action = {"type": kind, kind: {"hosted_instructions_url": page, "qr_code": qr_code}}
    await_answer(world, intent, attempt, action)
    world.later(UPI_OPEN_S, "expire_upi", attempt_id=attempt["id"])
    return intent


def expire_upi(world: World, attempt_id: str) -> None:
    """End a request that nobody approved."""
    attempt = world.get("payment_attempt", attempt_id)
    intent = world.get(attempt["intent_kind"], attempt["intent"])
    if is_open(attempt, intent):
        refuse(world, attempt, intent, "expired")


def refuse(world: World, attempt: Document, intent: Document, why: str) -> Document:
    """End an attempt without money; the shopper may choose another method."""
    code, message = FAILURES[why]
    if intent["object"] == "setup_intent":
        code = code.replace("payment_intent_payment_attempt", "setup_intent_setup_attempt")
        code = code.replace("payment_intent", "setup_intent")
    method = world.get("payment_method", attempt["method"])
    attempt["state"] = why
    world.put(attempt)
    method["_spent"] = not method["customer"]
    world.put(method)
    doc_url = DOC_URL + code.replace("_", "-")
    fields = {"code": code, "doc_url": doc_url, "message": message, "type": "invalid_request_error"}
    fail_intent(world, intent, method, fields)
    return intent


def pay(world: World, attempt: Document, intent: Document, bank: str) -> Document:
    """Take the money that the shopper approved."""
    method = world.get("payment_method", attempt["method"])
    attempt["state"] = "passed"
    world.put(attempt)
    details = told_by_bank(world, intent, method, bank)
    accept(world, intent, new_charge(intent, method, details, NO_CARD), method)
    return intent


def told_by_bank(world: World, intent: Document, method: Document, bank: str) -> Document:
    """Tell what the bank says of who paid; a method to be kept becomes a direct debit."""
    if method["type"] == "upi":
        method["upi"]["vpa"] = VPA
        world.put(method)
        return {"vpa": VPA}
    bank = method["ideal"]["bank"] or (bank if bank in BANKS else "ing")
    method["ideal"] = {"bank": bank, "bic": BANKS.get(bank)}
    world.put(method)
    kept = generated_debit(world, intent, method) if _kept(intent, method) else {}
    return {
        "bank": bank,
        "bic": BANKS.get(bank),
        "generated_sepa_debit": kept.get("id"),
        "generated_sepa_debit_mandate": kept.get("_mandate"),
        "iban_last4": NL_IBAN[-4:],
        **({"transaction_id": new_id("x", 16)[2:]} if intent["object"] == "payment_intent" else {}),
        "verified_name": HOLDER,
    }


def _kept(intent: Document, method: Document) -> bool:
    return intent["object"] == "setup_intent" or future_use(intent, method) == "off_session"


def generated_debit(world: World, intent: Document, method: Document) -> Document:
    """Make the direct debit that later payments use: iDEAL itself needs its shopper."""
    account = BY_IBAN[NL_IBAN]
    part = {
        "bank_code": "RABO",
        "branch_code": "",
        "country": "NL",
        "fingerprint": account.fingerprint,
        "generated_from": {"charge": None, "setup_attempt": None},
        "last4": NL_IBAN[-4:],
    }
    holder = method["billing_details"] | {"name": method["billing_details"]["name"] or HOLDER}
    kept = payment_method("sepa_debit", part, holder, {}, _account=account.key)
    accepted = method.get("_acceptance") or {"type": "online", "online": {}}
    new_mandate(world, intent, kept, accepted, again=True)
    if intent["customer"]:
        attach(world, kept, intent["customer"])
    return kept

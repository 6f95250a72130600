"""What a request to Razorpay may say: JSON bodies and list queries, read strictly.

Limits are those of the pages "Create an Order" (amount at least INR 1.00, receipt of 40 characters,
15 notes of 256 characters), "Configure Payment Capture Settings using Orders API" (the minutes) and
the `count`, `skip`, `from`, `to` of every list. Amounts are integers of paise; the pages' own
samples also send them as text, so digits in quotes are read.
"""

import json
from typing import Any

from sandbox.razorpay_errors import RazorpayError

Body = dict[str, Any]

CURRENCY = "INR"
SMALLEST = 100
LONGEST_RECEIPT = 40
MOST_NOTES, LONGEST_NOTE = 15, 256
MOST_ITEMS = 100
LONGEST_EXPIRY_MIN, SHORTEST_AUTOMATIC_MIN = 7200, 12
SPEEDS = ("normal", "optimum")


def read(raw: bytes, *, allowed: tuple[str, ...]) -> Body:
    """Read a JSON object that has only these names; nothing at all is an empty one."""
    try:
        body = json.loads(raw) if raw.strip() else {}
    except (ValueError, RecursionError) as error:
        raise RazorpayError("The request body is not valid JSON.") from error
    if not isinstance(body, dict):
        raise RazorpayError("The request body should be a JSON object.")
    return only(body, allowed)


def only(body: Body, allowed: tuple[str, ...]) -> Body:
    """Refuse every name that is not expected."""
    extra = sorted(body.keys() - set(allowed))
    if extra:
        words = f"{', '.join(extra)} is/are not required and should not be sent"
        raise RazorpayError(words, reason="extra_field_sent")
    return body


def amount_of(body: Body) -> int:
    """Read an amount of paise."""
    given = body.get("amount")
    if given is None:
        raise RazorpayError("The amount field is required.", field="amount")
    if isinstance(given, str) and given.isascii() and given.isdigit() and len(given) < 16:
        given = int(given)
    if not isinstance(given, int) or isinstance(given, bool):
        raise RazorpayError("The amount must be an integer.", field="amount")
    if given < SMALLEST:
        raise RazorpayError("The amount must be at least INR 1.00", field="amount")
    if given > 10**15:
        raise RazorpayError("Amount exceeds maximum amount allowed.", field="amount")
    return given


def currency_of(body: Body) -> str:
    """Read the currency; UPI, net banking and wallets know one."""
    given = body.get("currency")
    if given is None:
        raise RazorpayError("The currency field is required.", field="currency")
    if given != CURRENCY:
        raise RazorpayError("Currency is not supported", field="currency")
    return CURRENCY


def text_of(body: Body, name: str, longest: int) -> str | None:
    """Read an optional text."""
    given = body.get(name)
    if given is None:
        return None
    if not isinstance(given, str):
        raise RazorpayError(f"The {name} must be a string.", field=name)
    if len(given) > longest:
        words = f"The {name} may not be greater than {longest} characters."
        raise RazorpayError(words, field=name)
    return given


def notes_of(body: Body) -> Body | list[Any]:
    """Read the notes; none of them is written as an empty list."""
    given = body.get("notes") or []
    if given == []:
        return []
    if not isinstance(given, dict) or not all(
        isinstance(value, str | int | bool) for value in given.values()
    ):
        raise RazorpayError("The notes must be an array of texts.", field="notes")
    if len(given) > MOST_NOTES:
        raise RazorpayError(
            f"Number of fields in notes should be less than or equal to {MOST_NOTES}", field="notes"
        )
    if any(len(str(value)) > LONGEST_NOTE for value in given.values()):
        raise RazorpayError(
            f"A note may not be longer than {LONGEST_NOTE} characters.", field="notes"
        )
    return given


def choice_of(body: Body, name: str, allowed: tuple[str, ...], *, default: str) -> str:
    """Read one word of a few."""
    given = body.get(name, default)
    if given not in allowed:
        raise RazorpayError(f"The selected {name} is invalid.", field=name)
    return str(given)


def capture_of(body: Body) -> Body:
    """Read when money is captured: `mode`, and the minutes until which either way is possible.

    An order that says nothing follows the account, which here captures at once: the pages call that
    the usual. `payment_capture` is the older way to say it.
    """
    settings: Body = {"mode": "automatic", "automatic_min": 7200, "manual_min": 7200}
    if "payment_capture" in body:
        if body["payment_capture"] not in (0, 1, "0", "1"):  # True and False are 1 and 0
            words = "The payment_capture field must be true or false."
            raise RazorpayError(words, field="payment_capture")
        settings["mode"] = "automatic" if int(body["payment_capture"]) else "manual"
    given = body.get("payment")
    if given is None:
        return settings
    if not isinstance(given, dict) or "capture" not in given:
        raise RazorpayError("The payment.capture field is required.", field="payment.capture")
    only(given, ("capture", "capture_options"))
    settings["mode"] = choice_of(given, "capture", ("automatic", "manual"), default="")
    return settings | _minutes(given.get("capture_options"), settings["mode"])


def _minutes(options: Any, mode: str) -> Body:
    if options is None:
        return {}
    if not isinstance(options, dict):
        raise RazorpayError(
            "The capture_options must be an array.", field="payment.capture_options"
        )
    only(options, ("automatic_expiry_period", "manual_expiry_period", "refund_speed"))
    choice_of(options, "refund_speed", SPEEDS, default="")
    manual = _period(options, "manual_expiry_period", 1, default=LONGEST_EXPIRY_MIN)
    if mode == "manual":
        return {"manual_min": manual}
    automatic = _period(options, "automatic_expiry_period", SHORTEST_AUTOMATIC_MIN, default=None)
    if manual < automatic:
        words = "The manual expiry period should be equal to or greater than the automatic expiry period."
        raise RazorpayError(words, field="payment.capture_options.manual_expiry_period")
    return {"manual_min": manual, "automatic_min": automatic}


def _period(options: Body, name: str, shortest: int, *, default: int | None) -> int:
    given = options.get(name, default)
    if (
        not isinstance(given, int)
        or isinstance(given, bool)
        or not shortest <= given <= LONGEST_EXPIRY_MIN
    ):
        words = f"The {name} must be between {shortest} and {LONGEST_EXPIRY_MIN}."
        raise RazorpayError(words, field=f"payment.capture_options.{name}")
    return given


def page_of(query: dict[str, str]) -> dict[str, int]:
    """Read the four numbers of a list."""
    read_: dict[str, int] = {}
    for name, default in (("count", 10), ("skip", 0), ("from", 0), ("to", 10**10)):
        given = query.get(name, str(default))
        if not (given.isascii() and given.isdigit() and len(given) < 12):
            raise RazorpayError(f"The {name} must be an integer.", field=name)
        read_[name] = int(given)
    if not 1 <= read_["count"] <= MOST_ITEMS:
        raise RazorpayError(f"The count may not be greater than {MOST_ITEMS}.", field="count")
    return read_

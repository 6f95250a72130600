"""Stripe's webhooks: whether one is genuine, and which charge it is about."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from stripe import WebhookSignature

from app.providers.base import BadSignature, ProviderNews
from models import clock

# What happens without our asking, or long after it: told by webhooks, and by the list of events for thirty days.
UNASKED = (
    "charge.captured",
    "charge.dispute.closed",
    "charge.dispute.created",
    "charge.dispute.funds_reinstated",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.updated",
    "mandate.updated",
    "payment_intent.canceled",
    "payment_method.automatically_updated",
    "payment_method.detached",
    "payment_method.updated",
    "refund.created",
    "refund.failed",
    "refund.updated",
    "setup_intent.succeeded",
)
MALFORMED = (LookupError, TypeError, AttributeError)
TOLERANCE_S = 300
_LONGEST_ID = 120


def read_event(
    body: bytes, headers: Mapping[str, str], *, secrets: tuple[str, ...], live: bool
) -> ProviderNews:
    """Verify and read. Raises BadSignature, and nothing else, for whatever is wrong."""
    header = next((v for name, v in headers.items() if name.lower() == "stripe-signature"), "")
    try:
        _verify(body, header, secrets)
        return news_of(json.loads(body), live=live)
    except BadSignature:
        raise
    except Exception as error:  # noqa: BLE001  the sender chose every byte of it
        raise BadSignature(f"malformed: {type(error).__name__}") from None


def _verify(body: bytes, header: str, secrets: tuple[str, ...]) -> None:
    for secret in filter(str.strip, secrets):
        try:
            WebhookSignature.verify_header(body, header, secret, tolerance=None)
        except Exception:  # noqa: BLE001, S112  another secret may fit; TypeError comes out too
            continue
        break
    else:
        raise BadSignature("no secret fits" if secrets else "no secret is configured")
    # Not by the SDK: it goes by the wall clock, and has no objection to a stamp from the future. The shared clock and
    # not now(): that this process's clock was moved is no reason to trust an old message.
    stamp = next(part for part in header.split(",") if part.startswith("t="))
    if abs(int(stamp.removeprefix("t=")) - clock.shared().timestamp()) > TOLERANCE_S:
        raise BadSignature("too old, or from the future")


def news_of(event: Any, *, live: bool) -> ProviderNews:
    """Which charge, setup or method an event is about. Raises BadSignature and, for what is none, MALFORMED."""
    if event["object"] != "event" or event["livemode"] is not live:
        raise BadSignature("not an event of this mode")
    event_id, kind, thing = event["id"], event["type"], event["data"]["object"]
    if not (_is_id(event_id) and _is_id(kind)):
        raise BadSignature("not an event")
    attempt_id = (thing.get("metadata") or {}).get("attempt_id")
    kind_of = thing.get("object")
    reference = thing.get("id" if kind_of == "payment_intent" else "payment_intent")
    warning = thing.get("id") if kind_of == "radar.early_fraud_warning" else None
    if isinstance(reference, dict):
        reference = reference.get("id")
    return ProviderNews(
        event_id=event_id,
        type=kind,
        charge_refs=(reference,) if _is_id(reference) else (),
        attempt_id=attempt_id if _is_id(attempt_id) else None,
        warning_ref=warning if _is_id(warning) else None,
        setup_ref=_own_id(thing, "setup_intent"),
        method_ref=_own_id(thing, "payment_method") or _of_mandate(thing),
    )


def _own_id(thing: Any, kind: str) -> str | None:
    own = thing.get("id") if thing.get("object") == kind else None
    return own if _is_id(own) else None


def _of_mandate(thing: Any) -> str | None:
    """The kept method whose mandate has changed."""
    method = thing.get("payment_method") if thing.get("object") == "mandate" else None
    return method if _is_id(method) else None


def _is_id(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= _LONGEST_ID and value.isprintable()

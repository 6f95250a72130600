"""The operators' page: what each provider's limits leave, what waits for them, and what is in doubt."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from flask import render_template
from flask.typing import ResponseReturnValue

from app import access
from app.access import requires
from app.payments import standing
from app.payments.standing import NAMES, Standing
from app.web import staff
from models import clock

blueprint = staff.blueprint("operations")

_SPANS = ((86400, "d"), (3600, "h"), (60, "min"))


@blueprint.get("/operations")
@requires("operations.read")
def home() -> ResponseReturnValue:
    """How it stands with every provider."""
    count, doubts = standing.in_doubt()
    return render_template(
        "staff/operations.html",
        standings=[(one, *words(one)) for one in standing.of_all()],
        count=count,
        doubts=doubts,
        names=NAMES,
        age=age,
    )


def words(one: Standing) -> tuple[str, str, str]:
    """A provider's state: its badge, the badge's tone, and the sentence below."""
    limits, waiting = one.figures.rates, one.waiting
    if not one.is_configured:
        return "Off", "plain", "It has no keys in the settings."
    if one.figures.closed_s > 0:
        sentence = f"It refused a request as one too many, and is left alone for {one.figures.closed_s:.0f} s."
        return "Refusing requests", "bad", sentence
    if waiting is not None:
        sentence = "It takes no more requests now. What waits is sent in turn, one merchant after the other."
        return "Throttling", "warn", sentence
    if limits is None:
        return "Taking requests", "ok", "Its requests are not counted: the settings name no limit."
    of_each = f", {limits.endpoint_per_s:g} of each operation" if limits.endpoint_per_s else ""
    most = f"{limits.per_s:g} requests a second" if limits.per_s else "any number of requests"
    return "Taking requests", "ok", f"At most {most}{of_each}."


def age(since: datetime) -> str:
    """How long ago, in the largest unit that fits: `3 min`; negative spans are `now`."""
    seconds = int((clock.now() - since).total_seconds())
    for length, name in _SPANS:
        if seconds >= length:
            return f"{seconds // length} {name}"
    return f"{seconds} s" if seconds > 0 else "now"


def throttled() -> Iterable[str]:
    """Who waits for long, for everybody who may look closer."""
    return standing.warnings() if access.can("operations.read") else ()


staff.WARNINGS.append(throttled)

"""The registry of providers, and the one way to reach them."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import ParamSpec, TypeVar

from app.config import Config
from app.errors import ProviderNotConfigured
from app.providers import limiter
from app.providers.base import Provider, Refused, Unanswered
from app.providers.paypal import PayPal
from app.providers.razorpay import Razorpay
from app.providers.stripe import Stripe
from models import db

PROVIDERS: dict[str, Callable[[Config], Provider]] = {
    "stripe": Stripe,
    "paypal": PayPal,
    "razorpay": Razorpay,
}

_configured: dict[str, Provider] = {}
_log = logging.getLogger("till.provider")

P = ParamSpec("P")
T = TypeVar("T")


def configure(config: Config) -> None:
    """Make the clients of every provider that has keys. Once per process, after a fork."""
    limiter.configure(config)
    _configured.clear()
    _configured.update({name: PROVIDERS[name](config) for name in config.providers})


def get(name: str) -> Provider:
    """The configured provider of that name. Raises ProviderNotConfigured."""
    try:
        return _configured[name]
    except KeyError:
        raise ProviderNotConfigured(field="provider") from None


def of(name: str) -> Provider:
    """The provider of what was begun with it. Without its keys it is like one that says nothing. Raises Unanswered."""
    try:
        return _configured[name]
    except KeyError:
        raise Unanswered(f"{name} is not configured any more") from None


def configured() -> dict[str, Provider]:
    """Every configured provider by name."""
    return _configured


def each(
    told: Callable[[Provider], Callable[[datetime], Iterable[T]]], since: datetime
) -> Iterator[tuple[str, T]]:
    """What every provider tells of the time since a moment, with its name. `told` is the question: `told_since`, say.

    One that says nothing, or nonsense, is logged and passed by, so that the night goes on; it is asked again tomorrow.
    """
    for name, provider in _configured.items():
        try:
            news = ask(told(provider), since)
        except Exception as error:  # noqa: BLE001 -- whatever is wrong with one, the others are asked
            trace = None if isinstance(error, Unanswered | Refused) else error
            _log.warning("provider=%s passed by until tomorrow: %r", name, error, exc_info=trace)
            continue
        yield from ((name, one) for one in news)


def ask(call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call a provider with no transaction open, and log how long it took and what came of it.

    Raises NetworkInsideTransaction, Throttled, Unanswered, Refused.
    """
    db.release()
    db.be_patient()
    started = time.perf_counter()
    answer: object = None
    try:
        with limiter.asking(getattr(call, "__name__", "")):
            result = call(*args, **kwargs)
        answer = getattr(result, "verb", getattr(result, "step", "ok")) or "undecided"
    except (Unanswered, Refused) as error:
        answer = f"{type(error).__name__}: {error}"
        raise
    else:
        return result
    finally:
        subject = (
            getattr(args[0], "operation_id", None) or getattr(args[0], "attempt_id", "")
            if args
            else ""
        )
        took_ms = (time.perf_counter() - started) * 1000
        _log.info(
            "provider call=%s subject=%s ms=%.0f answer=%s",
            getattr(call, "__qualname__", call),
            subject,
            took_ms,
            answer,
        )

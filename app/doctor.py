"""Examine an installation, and say how to mend what is found."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

import redis
import urllib3
from rq import Queue, Worker
from sqlalchemy.exc import SQLAlchemyError

from app import oracle, seals
from app.config import Config
from app.lanes import LANES
from models import db, schema

_LEAST_FREE_BYTES = 1 << 30
_MOST_SKEW_S = 60
_SEALS = 100  # the last ones are looked at; the whole trail may take minutes


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    is_bad: bool
    what: str
    mend: str = ""

    def __str__(self) -> str:
        return f"MEND  {self.what}\n      {self.mend}" if self.is_bad else f"ok    {self.what}"


def examine(config: Config) -> list[Finding]:
    """Look at everything; nothing is changed."""
    return [finding for check in _CHECKS for finding in check(config)]


def _python(_config: Config) -> Iterator[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    yield Finding(sys.version_info < (3, 11), f"Python {version}", "install Python 3.11 or newer")


def _database(config: Config) -> Iterator[Finding]:
    kind = config.db_uri.split(":", 1)[0]
    try:
        current, head = schema.current(db.engine()), schema.head()
    except SQLAlchemyError as error:
        yield Finding(
            True,
            f"database ({kind}): {type(error).__name__}",
            "check DB_URI, and that the server runs",
        )
        return
    yield Finding(
        current != head,
        f"database ({kind}), schema {current} of {head}",
        "flask --app wsgi migrate",
    )
    if current == head:
        broken = oracle.check()
        yield Finding(
            bool(broken), f"books: {len(broken)} broken promises", "flask --app wsgi check-books"
        )
        wrong = [*seals.verify(last=_SEALS), *seals.late()]
        yield Finding(
            bool(wrong),
            f"audit trail: {wrong[0] if wrong else f'sealed, head {seals.head().number}'}",
            "flask --app wsgi audit verify",
        )
    if kind == "sqlite" and config.is_live:
        yield Finding(
            True,
            "SQLite beside a live key",
            "use PostgreSQL where more than one machine or worker is needed",
        )


def _redis(config: Config) -> Iterator[Finding]:
    if not config.redis_url:
        yield Finding(False, "no Redis: the clock process does the work")
        return
    connection = redis.Redis.from_url(config.redis_url, socket_timeout=2)
    try:
        version = connection.info("server")["redis_version"]
        alone = [name for name in LANES if not Worker.all(queue=Queue(name, connection))]
    except redis.RedisError as error:
        yield Finding(
            True, f"Redis: {type(error).__name__}", "check REDIS_URL, and that the server runs"
        )
        return
    yield Finding(int(version.split(".")[0]) < 6, f"Redis {version}", "use Redis 6.2 or newer")
    yield Finding(
        bool(alone),
        f"workers: none for {', '.join(alone)}" if alone else "workers: every lane has one",
        "; ".join(f"python -m tasks.worker {name}" for name in alone),
    )


def _providers(config: Config) -> Iterator[Finding]:
    mode = "sandbox" if config.is_sandbox else "LIVE" if config.is_live else "test"
    yield Finding(False, f"providers: {', '.join(config.providers)} ({mode})")
    missing = not config.stripe_webhook_secrets and "stripe" in config.providers
    yield Finding(
        missing,
        "Stripe webhook secret",
        f"add {config.base_url}/webhooks/stripe at Stripe and set STRIPE_WEBHOOK_SECRET",
    )
    missing = not config.paypal_webhook_id and "paypal" in config.providers
    yield Finding(
        missing,
        "PayPal webhook id",
        f"add {config.base_url}/webhooks/paypal at PayPal and set PAYPAL_WEBHOOK_ID",
    )
    missing = not config.razorpay_webhook_secrets and "razorpay" in config.providers
    yield Finding(
        missing,
        "Razorpay webhook secret",
        f"add {config.base_url}/webhooks/razorpay at Razorpay and set RAZORPAY_WEBHOOK_SECRET",
    )
    addresses = {
        "Stripe": config.stripe_api_url,
        "PayPal": config.paypal_api_url,
        "Razorpay": config.razorpay_api_url,
    }
    for name, url in addresses.items():
        if name.lower() in config.providers:
            yield from _reachable(name, url)


def _reachable(name: str, url: str) -> Iterator[Finding]:
    try:
        answer = urllib3.request("GET", url, timeout=5, retries=False, redirect=False)
    except urllib3.exceptions.HTTPError as error:
        yield Finding(
            True, f"{name} at {url}: {type(error).__name__}", "check the network and the URL"
        )
        return
    yield Finding(False, f"{name} answers at {url}")
    if date := answer.headers.get("Date"):
        skew = abs(time.time() - parsedate_to_datetime(date).timestamp())
        yield Finding(
            skew > _MOST_SKEW_S,
            f"clock within {_MOST_SKEW_S} s of {name}'s",
            "set up time synchronisation",
        )


def _disk(_config: Config) -> Iterator[Finding]:
    free = shutil.disk_usage(".").free
    yield Finding(free < _LEAST_FREE_BYTES, f"{free >> 30} GB of disk free", "free some space")


_CHECKS = (_python, _database, _redis, _providers, _disk)

"""A sandbox for the whole run, and the provider under test with its shopper."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import stripe

from app.providers import PROVIDERS, paypal_client
from models import clock
from sandbox import clock as sandbox_clock
from tests.app.providers.drivers import DRIVERS, Driver
from tests.app.providers.paypal_driver import PayPalDriver
from tests.app.providers.world import World, running


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One sandbox for all; tests keep apart by their own attempts."""
    path: Path = tmp_path_factory.mktemp("sandbox") / "sandbox.db"
    with running(str(path)) as started:
        yield started


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retries follow at once."""
    monkeypatch.setattr(stripe.HTTPClient, "INITIAL_DELAY", 0)
    monkeypatch.setattr(paypal_client, "FIRST_PAUSE_S", 0)


@pytest.fixture(params=sorted(PROVIDERS))
def driver(request: pytest.FixtureRequest, world: World) -> Driver:
    """A shopper at each provider in turn."""
    return DRIVERS[request.param](world)


@pytest.fixture
def paypal(world: World) -> PayPalDriver:
    """A shopper at PayPal, for what only PayPal has."""
    return PayPalDriver(world)


@pytest.fixture
def travel() -> Iterator[Callable[[timedelta], None]]:
    """Move our clock and the sandbox's together."""

    def move(offset: timedelta) -> None:
        clock.set_offset(offset)
        sandbox_clock.set_offset(offset.total_seconds())

    yield move
    move(timedelta())

"""A whole Till in processes of its own, beside a sandbox whose clock and troubles these tests steer."""

import time
from collections.abc import Iterator

import pytest

from tests.e2e import stack as stacks
from tests.e2e.stack import Stack


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Servers and Till's clock, which starts last and is waited for."""
    running = stacks.build(tmp_path_factory.mktemp("whole"))
    try:
        running.start()
        for _ in range(600):
            if running.desk("GET", "/clock")["till_follows"]:
                break
            time.sleep(0.1)
        yield running
    finally:
        running.stop()

"""A test marked `browser` needs Debian's Chromium; without one it is not run, and named at the end."""

from pathlib import Path

import pytest

CHROMIUM = Path("/usr/bin/chromium")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("browser") and not CHROMIUM.exists():
        pytest.skip("Chromium is not installed: apt-get install chromium")

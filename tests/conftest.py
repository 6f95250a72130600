"""What every test may ask for."""

pytest_plugins = [
    "tests.browser",
    "tests.network",
    "tests.people",
    "tests.services",
    "tests.summary",
    "tests.till",
    "tests.faults.whole",
]

"""What every test may ask for."""

pytest_plugins = ["tests.network", "tests.services", "tests.summary", "tests.till"]

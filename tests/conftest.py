"""What every test has: a database, and no network beyond this machine."""

pytest_plugins = ["tests.database", "tests.network", "tests.cast"]

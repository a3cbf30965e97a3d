"""What the tests share."""

pytest_plugins = ["serving"]

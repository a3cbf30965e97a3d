"""A plugin of pytest for CI: ends a run with one plain line, and fails where a test was skipped."""

import pytest


def pytest_sessionfinish(session: pytest.Session) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """After pytest's own summary."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or hasattr(config, "workerinput"):
        return
    passed, *failed = (len(reporter.stats.get(name, [])) for name in ("passed", "failed", "error", "skipped"))
    print(f"{passed} passed, {sum(failed)} failed")

"""Fixtures of more than one module here."""

import pytest

from tests.core.workprocesses import crew, crew_of_module, start, workapp

__all__ = ["crew", "crew_of_module", "start", "workapp"]


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "processes: starts, stops and kills real processes")

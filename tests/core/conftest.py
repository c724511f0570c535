"""Fixtures of more than one module here."""

from tests.core.workprocesses import crew, crew_of_module, start, workapp

__all__ = ["crew", "crew_of_module", "start", "workapp"]

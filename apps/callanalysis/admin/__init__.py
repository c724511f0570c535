"""Calls, who makes them, and how they are analysed, for those who lead."""

from apps.callanalysis.admin.calls import CallAdmin
from apps.callanalysis.admin.settings import AnalysisSettingsAdmin
from apps.callanalysis.admin.structure import OfficeAdmin, SalesManagerAdmin

__all__ = ["AnalysisSettingsAdmin", "CallAdmin", "OfficeAdmin", "SalesManagerAdmin"]

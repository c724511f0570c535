"""Calls, who makes them, what is asked of them and how they are analysed, for those who lead."""

from apps.callanalysis.admin.calls import CallAdmin
from apps.callanalysis.admin.questionnaires import ChecklistAdmin, TableAdmin
from apps.callanalysis.admin.settings import AnalysisSettingsAdmin
from apps.callanalysis.admin.structure import OfficeAdmin, SalesManagerAdmin

__all__ = [
    "AnalysisSettingsAdmin",
    "CallAdmin",
    "ChecklistAdmin",
    "OfficeAdmin",
    "SalesManagerAdmin",
    "TableAdmin",
]

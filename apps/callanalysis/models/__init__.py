"""Calls, who makes them, what is asked of them, and what is known of them."""

from apps.callanalysis.models.api_request import ApiRequest
from apps.callanalysis.models.backfill import Backfill
from apps.callanalysis.models.call import (
    Call,
    CallOutcome,
    CallPart,
    SearchedTranscript,
    Stage,
    Transcript,
    Waveform,
)
from apps.callanalysis.models.checklist import Checklist, ChecklistVersion, Mark, MarkStatus, Scorecard
from apps.callanalysis.models.correction import Correction
from apps.callanalysis.models.figures import DayOfCalls, DayOfChecklists, DayOfCriteria, StaleCalls
from apps.callanalysis.models.questionnaire import Evidenced, Judgement, Questionnaire, Version
from apps.callanalysis.models.settings import AnalysisSettings, Side, settings_of
from apps.callanalysis.models.structure import Office, SalesManager
from apps.callanalysis.models.table import Cell, CellStatus, ColumnType, Table, TableRow, TableVersion
from apps.callanalysis.models.trial import Trial, TrialScore

__all__ = [
    "AnalysisSettings",
    "ApiRequest",
    "Backfill",
    "Call",
    "CallOutcome",
    "CallPart",
    "Cell",
    "CellStatus",
    "Checklist",
    "ChecklistVersion",
    "ColumnType",
    "Correction",
    "DayOfCalls",
    "DayOfChecklists",
    "DayOfCriteria",
    "Evidenced",
    "Judgement",
    "Mark",
    "MarkStatus",
    "Office",
    "Questionnaire",
    "SalesManager",
    "Scorecard",
    "SearchedTranscript",
    "Side",
    "Stage",
    "StaleCalls",
    "Table",
    "TableRow",
    "TableVersion",
    "Transcript",
    "Trial",
    "TrialScore",
    "Version",
    "Waveform",
    "settings_of",
]

"""Calls, who makes them, and what is known of them."""

from apps.callanalysis.models.api_request import ApiRequest
from apps.callanalysis.models.call import (
    Call,
    CallOutcome,
    CallPart,
    SearchedTranscript,
    Stage,
    Transcript,
    Waveform,
)
from apps.callanalysis.models.settings import AnalysisSettings, Side, settings_of
from apps.callanalysis.models.structure import Office, SalesManager

__all__ = [
    "AnalysisSettings",
    "ApiRequest",
    "Call",
    "CallOutcome",
    "CallPart",
    "Office",
    "SalesManager",
    "SearchedTranscript",
    "Side",
    "Stage",
    "Transcript",
    "Waveform",
    "settings_of",
]

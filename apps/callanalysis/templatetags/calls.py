"""How pages of calls write seconds and verdicts."""

from django import template
from django.utils.functional import Promise

from apps.callanalysis.models import MarkStatus
from apps.callanalysis.models.checklist import status_of
from apps.callanalysis.wording import clock as clock_of

register = template.Library()


@register.filter
def clock(seconds: float) -> str:
    """3:05, or 1:02:03."""
    return clock_of(seconds)


@register.filter
def mark_status(status: str) -> str | Promise:
    return MarkStatus(status).label


@register.filter
def verdict(score: int | None) -> str | Promise:
    return status_of(score).label


@register.filter
def written_verdict(score: int | None) -> str:
    """As the form sends it."""
    return "" if score is None else str(score)

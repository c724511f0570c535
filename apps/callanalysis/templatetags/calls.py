"""How pages of calls and chats write seconds and verdicts, and where what is done on them goes."""

from django import template
from django.urls import reverse
from django.utils.functional import Promise

from apps.appeals.models import Appeal
from apps.callanalysis.conversing import ASSISTANT
from apps.callanalysis.models import Call, MarkStatus
from apps.callanalysis.models.checklist import status_of
from apps.callanalysis.wording import clock as clock_of
from apps.callanalysis.wording import speaker_name

register = template.Library()


@register.filter
def clock(seconds: float) -> str:
    """3:05, or 1:02:03."""
    return clock_of(seconds)


@register.filter
def speaker(name: str) -> str:
    """Empty where nobody knows who it is, and of what no person said."""
    return "" if name == ASSISTANT else speaker_name(name)


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


@register.simple_tag
def act_address(subject: Call | Appeal, what: str, pk: int) -> str:
    """Where a mark or a cell is corrected, a scorecard or a row asked again."""
    if isinstance(subject, Call):
        return reverse("admin:callanalysis_call_correct", args=[subject.pk, what, pk])
    return reverse("callanalysis_chat_act", args=[subject.conversation_id, subject.pk, what, pk])

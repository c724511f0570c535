"""Deadlines as the desk shows them."""

from datetime import datetime
from typing import Any

from django import template
from django.utils import timezone

from apps.appeals.models import Appeal
from apps.appeals.sla.explaining import Reckoning, reckon
from apps.appeals.sla.wording import moment

register = template.Library()


@register.filter
def due_moment(due: datetime) -> str:
    return moment(due, timezone.now())


@register.simple_tag
def reckoning(appeal: Appeal | Any) -> Reckoning | None:
    """Of one appeal, on its own page: it costs queries."""
    return reckon(appeal, now=timezone.now()) if isinstance(appeal, Appeal) else None

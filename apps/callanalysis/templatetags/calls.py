"""How pages of calls write seconds."""

from django import template

from apps.callanalysis.wording import clock as clock_of

register = template.Library()


@register.filter
def clock(seconds: float) -> str:
    """3:05, or 1:02:03."""
    return clock_of(seconds)

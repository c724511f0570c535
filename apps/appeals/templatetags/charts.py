"""Bars of a chart (`appeals.dashboard.drawing`), by hand: in a template they took half of a page's time."""

from collections.abc import Iterable
from html import escape

from django import template
from django.utils.safestring import SafeString, mark_safe

from apps.appeals.dashboard.drawing import GAP, WIDTH, Bar, Segment

register = template.Library()


@register.filter
def drawn(bars: Iterable[Bar]) -> SafeString:
    return mark_safe("".join(_bar(one) for one in bars if one.segments))  # noqa: S308 - escaped below


def _bar(bar: Bar) -> str:
    """The whole height opens what the bar stands for; over it each segment what it counts."""
    said = escape(f"{bar.title}: {bar.value}")
    return (
        f'<a href="{escape(bar.href)}" aria-label="{said}"><title>{said}</title>'
        f'<rect class="db-hit" x="{bar.x}" y="0" width="{WIDTH}" height="100"/></a>'
        + "".join(_segment(one, bar.x + GAP // 2) for one in bar.segments)
    )


def _segment(one: Segment, x: int) -> str:
    return (
        f'<a href="{escape(one.href)}" tabindex="-1" aria-hidden="true"><title>{escape(one.title)}</title>'
        f'<rect class="db-c{one.colour}" x="{x}" y="{one.top}" width="{WIDTH - GAP}" height="{one.height}"/>'
        "</a>"
    )

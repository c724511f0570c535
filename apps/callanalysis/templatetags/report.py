"""Cells of the report's tables: of figures that open their calls, and of the heat map.

Put together by hand: a page has a thousand of them, and `format_html` would be a fifth of its time.
"""

from collections.abc import Iterable
from html import escape

from django import template
from django.utils.safestring import SafeString, mark_safe

from apps.callanalysis.figures.criteria import Cell
from apps.callanalysis.figures.wording import Figure

register = template.Library()


@register.filter
def cells(figures: Iterable[Figure]) -> SafeString:
    return mark_safe("".join(map(_cell, figures)))  # noqa: S308 - escaped below


@register.filter
def heat_cells(found: Iterable[Cell]) -> SafeString:
    return mark_safe("".join(map(_heat_cell, found)))  # noqa: S308 - escaped below


def _cell(figure: Figure) -> str:
    shown = escape(figure.text)
    if figure.href:
        shown = f'<a class="db-link" href="{escape(figure.href)}">{shown}</a>'
    if figure.note:
        shown += f' <span class="db-note">{escape(figure.note)}</span>'
    if figure.change:
        shown += f' <span class="db-change is-{escape(figure.tone)}">{escape(figure.change)}</span>'
    return f'<td class="bc-number">{shown}</td>'


def _heat_cell(cell: Cell) -> str:
    if not cell.level:
        return f"<td><span>{escape(cell.text)}</span></td>"
    title = escape(cell.title)
    return (
        f'<td><a class="ca-l{cell.level}" href="{escape(cell.href)}" title="{title}" aria-label="{title}">'
        f"{escape(cell.text)}</a></td>"
    )

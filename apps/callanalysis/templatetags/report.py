"""Cells of the report's tables: a thousand a page, for which tags of a template would take too long."""

from collections.abc import Iterable

from django import template
from django.utils.html import conditional_escape, escape
from django.utils.safestring import SafeString, mark_safe

from apps.callanalysis.figures.criteria import Cell
from apps.callanalysis.figures.wording import Figure

register = template.Library()


@register.filter
def cells(figures: Iterable[Figure]) -> SafeString:
    return mark_safe("".join(map(_cell, figures)))  # noqa: S308 - each part is escaped


@register.filter
def heat_cells(found: Iterable[Cell]) -> SafeString:
    return mark_safe("".join(map(_heat_cell, found)))  # noqa: S308 - each part is escaped


def _cell(figure: Figure) -> str:
    text: str = conditional_escape(figure.text)
    if figure.href:
        text = f'<a class="db-link" href="{escape(figure.href)}">{text}</a>'
    note = f' <span class="db-note">{conditional_escape(figure.note)}</span>' if figure.note else ""
    change = ""
    if figure.change:
        change = f' <span class="db-change is-{figure.tone}">{conditional_escape(figure.change)}</span>'
    return f'<td class="bc-number">{text}{note}{change}</td>'


def _heat_cell(cell: Cell) -> str:
    if not cell.level:
        return f"<td><span>{escape(cell.text)}</span></td>"
    title = escape(cell.title)
    return (
        f'<td><a class="ca-l{cell.level}" href="{escape(cell.href)}" title="{title}" aria-label="{title}">'
        f"{escape(cell.text)}</a></td>"
    )

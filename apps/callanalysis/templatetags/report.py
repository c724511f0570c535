"""Cells of the report's tables: of figures that open their calls, and of the heat map."""

from collections.abc import Iterable

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from apps.callanalysis.figures.criteria import Cell
from apps.callanalysis.figures.wording import Figure

register = template.Library()


@register.filter
def cells(figures: Iterable[Figure]) -> SafeString:
    return format_html_join("", "{}", ((_cell(one),) for one in figures))


@register.filter
def heat_cells(found: Iterable[Cell]) -> SafeString:
    return format_html_join("", "{}", ((_heat_cell(one),) for one in found))


def _cell(figure: Figure) -> SafeString:
    text: object = figure.text
    if figure.href:
        text = format_html('<a class="db-link" href="{}">{}</a>', figure.href, text)
    note = format_html(' <span class="db-note">{}</span>', figure.note) if figure.note else ""
    change: object = ""
    if figure.change:
        change = format_html(' <span class="db-change is-{}">{}</span>', figure.tone, figure.change)
    return format_html('<td class="bc-number">{}{}{}</td>', text, note, change)


def _heat_cell(cell: Cell) -> SafeString:
    if not cell.level:
        return format_html("<td><span>{}</span></td>", cell.text)
    return format_html(
        '<td><a class="ca-l{level}" href="{href}" title="{title}" aria-label="{title}">{text}</a></td>',
        level=cell.level,
        href=cell.href,
        title=cell.title,
        text=cell.text,
    )

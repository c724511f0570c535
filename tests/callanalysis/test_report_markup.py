"""Cells and charts of the report are put together by hand: nothing in them becomes markup."""

from dataclasses import replace

from django.utils.translation import override

from apps.appeals.dashboard.drawing import Bar, Segment
from apps.appeals.templatetags.charts import drawn
from apps.callanalysis.figures.criteria import Cell
from apps.callanalysis.figures.wording import Figure
from apps.callanalysis.templatetags.report import cells, heat_cells

EVIL = "<b>\"&'</b>"
SAFE = "&lt;b&gt;&quot;&amp;&#x27;&lt;/b&gt;"


def test_nothing_in_a_cell_becomes_markup() -> None:
    figure = Figure(text=EVIL, href=f"/?{EVIL}", note=EVIL, change=EVIL, tone="good")
    assert cells([figure, Figure(text="1")]) == (
        f'<td class="bc-number"><a class="db-link" href="/?{SAFE}">{SAFE}</a>'
        f' <span class="db-note">{SAFE}</span> <span class="db-change is-good">{SAFE}</span></td>'
        '<td class="bc-number">1</td>'
    )
    found = heat_cells(
        [Cell(text="–", title="", href="", level=0), Cell(text="5", title=EVIL, href=EVIL, level=2)]
    )
    assert found == (
        "<td><span>–</span></td>"
        f'<td><a class="ca-l2" href="{SAFE}" title="{SAFE}" aria-label="{SAFE}">5</a></td>'
    )


def test_nothing_in_a_chart_becomes_markup_and_its_numbers_are_no_languages() -> None:
    piece = Segment(colour=3, title=EVIL, href=f"/?{EVIL}", top=12.5, height=87.5)
    bar = Bar(x=1010, label="1", title=EVIL, value="1", href=EVIL, segments=[piece], shows_label=0)
    with override("ru"):
        found = drawn([bar, replace(bar, segments=[])])
    assert "<b>" not in found
    assert found.count("<title>") == 2
    assert found.count(SAFE) == 5
    assert '<rect class="db-hit" x="1010" y="0" width="10" height="100"/>' in found
    assert '<rect class="db-c3" x="1011" y="12.5" width="8" height="87.5"/>' in found

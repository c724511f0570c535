"""All of one call on one page; what stands beside its words is a list of sections: see `sections`."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from apps.appeals.masking import masked
from apps.callanalysis.admin.call_page.drawing import draw
from apps.callanalysis.admin.call_page.judgements import deliveries, rows, scorecards
from apps.callanalysis.admin.call_page.lines import lines_of
from apps.callanalysis.admin.call_page.notices import notices_of
from apps.callanalysis.admin.call_page.sections import MAIN, Section, Shown, course, deal, facts, figures
from apps.callanalysis.admin.judged import verdicts
from apps.callanalysis.models import Call, Transcript, Waveform, settings_of
from apps.tenants.scope import scope_of
from apps.tenants.scoped_pages import page

# In this order.
SECTIONS: tuple[Callable[[Shown], Section | None], ...] = (
    *(scorecards, rows),
    *(figures, deal, course, deliveries, facts),
)
SPEEDS = (0.5, 0.75, 1, 1.25, 1.5, 1.75, 2)


def call_page(request: HttpRequest, call: Call) -> HttpResponse:
    """Whoever calls has made sure that this visitor may see it."""
    shown = Shown(
        scope=scope_of(request),
        call=call,
        parts=list(call.parts.order_by("number")),
        transcript=Transcript.objects.filter(call=call).first(),
        settings=settings_of(call.tenant),
    )
    sections = [section for make in SECTIONS if (section := make(shown)) is not None]
    waveform = Waveform.objects.filter(call=call).first() if call.file else None
    return page(
        request,
        "callanalysis/call.html",
        title=_("Call %(id)s") % {"id": masked(call.external_id, shown.scope.phones)},
        call=call,
        seconds=call.seconds or 0,
        waves=draw(waveform.peaks, shown.settings) if waveform else [],
        has_sides=call.has_sides,
        speeds=[(f"{speed:g}", number_format(speed)) for speed in SPEEDS],
        notices=notices_of(shown),
        lines=lines_of(shown.transcript, shown.scope.phones),
        verdicts=verdicts(),
        main=[section for section in sections if section.place == MAIN],
        side=[section for section in sections if section.place != MAIN],
    )

"""What checklists and tables found in a call, and who was told of it."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.callanalysis.admin.call_page.sections import MAIN, Section, Shown
from apps.callanalysis.admin.judged import Judged, rows_of, scorecards_of
from apps.callanalysis.reporting import deliveries_of
from apps.callanalysis.seeing import may_correct
from apps.tenants.models import Role


def scorecards(shown: Shown) -> Section | None:
    found = scorecards_of(shown.call)
    return _section(shown, found, key="checklists", title=_("Checklists")) if found else None


def rows(shown: Shown) -> Section | None:
    found = rows_of(shown.call)
    return _section(shown, found, key="tables", title=_("Tables")) if found else None


def deliveries(shown: Shown) -> Section | None:
    """Of the webhooks, for whoever sets them up."""
    found = list(deliveries_of(shown.call)) if shown.scope.may(Role.ADMIN) else []
    if not found:
        return None
    return Section(
        key="deliveries",
        title=_("Told to other systems"),
        template="callanalysis/deliveries.html",
        context={"deliveries": found},
    )


def _section(shown: Shown, found: list[Judged], *, key: str, title: Any) -> Section:
    context = {
        "subject": shown.call,
        "judged": found,
        "may_correct": may_correct(shown.scope, shown.call),
        "has_recording": bool(shown.call.file),
        "phones": shown.scope.phones,
    }
    return Section(key=key, title=title, template=f"callanalysis/{key}.html", context=context, place=MAIN)

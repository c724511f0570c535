"""What became of everything that arrived: counted per channel, so that nothing can vanish unseen."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum
from django.utils.translation import gettext_lazy as _

from apps.channels.models import InboundEvent, Outcome
from apps.core.models import TROUBLED, UNSETTLED, State

# Each event is in exactly one of these; one that is in none makes the sums disagree.
ENDINGS: Mapping[str, Q] = {
    "message": Q(state=State.DONE, outcome=Outcome.MESSAGE),
    "status": Q(state=State.DONE, outcome=Outcome.STATUS),
    "ignored": Q(state=State.DONE, outcome=Outcome.IGNORED),
    "duplicate": Q(state=State.DONE, outcome=Outcome.DUPLICATE),
    "unrouted": Q(state=State.DONE, outcome=Outcome.UNROUTED),
    "failed": Q(state__in=TROUBLED) | Q(state=State.DONE, outcome=Outcome.FAILED),
    "waiting": Q(state__in=UNSETTLED),
}
TITLES: Mapping[str, Any] = {
    "message": _("messages"),
    "status": _("statuses"),
    "ignored": _("ignored"),
    "duplicate": _("duplicates"),
    "unrouted": _("unrouted"),
    "failed": _("failed"),
    "waiting": _("waiting"),
}
# Not an ending: every delivery after the first of what is listed under its own ending.
REPEATED = Q(deliveries__gt=1)

PERIODS: Mapping[str, tuple[Any, int]] = {
    "today": (_("Today"), 1),
    "week": (_("7 days"), 7),
    "month": (_("30 days"), 30),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One channel's account. `received`: what came in; `ended`: what it all came to, repeats included."""

    connector: str
    channel_id: int | None
    channel: str
    tenant: str
    received: int
    ended: Mapping[str, int]

    @property
    def adds_up(self) -> bool:
        return self.received == sum(self.ended.values())


def since(period: str, *, now: datetime, zone: tzinfo) -> datetime:
    """The first moment of a period: today and so many days before it, as the clock on the wall has it."""
    day = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    return day - timedelta(days=PERIODS[period][1] - 1)


def tally(events: QuerySet[InboundEvent], *, begin: datetime) -> list[Line]:
    """One line per channel, most received first.

    `received` is the plain sum over all rows, the endings are counts of their own conditions: they agree only
    if every event is in exactly one. All in one statement, so that both see the same moment.
    """
    rows = (
        events.filter(received_at__gte=begin)
        .order_by()
        .values("connector", "channel_id", "channel__name", "tenant__name")
        .annotate(
            received=Sum("deliveries"),
            repeated=Sum(F("deliveries") - 1),
            **{f"n_{name}": Count("pk", filter=condition) for name, condition in ENDINGS.items()},
        )
    )
    return sorted((_line(row) for row in rows), key=lambda line: -line.received)


def gathered(lines: list[Line], *, most: int) -> list[Line]:
    """Of the lines without a channel, those after the first `most` become one, whose `connector` is empty.

    Anybody may write to services that do not exist.
    """
    strangers = [line for line in lines if line.channel_id is None]
    if len(strangers) <= most:
        return lines
    rest = strangers[most:]
    kept = [line for line in lines if line.channel_id is not None or line in strangers[:most]]
    ended = {name: sum(line.ended[name] for line in rest) for name in ENDINGS}
    received = sum(line.received for line in rest)
    return [*kept, Line(connector="", channel_id=None, channel="", tenant="", received=received, ended=ended)]


def _line(row: Mapping[str, Any]) -> Line:
    ended = {name: row[f"n_{name}"] for name in ENDINGS}
    ended["duplicate"] += row["repeated"]
    return Line(
        connector=row["connector"],
        channel_id=row["channel_id"],
        channel=row["channel__name"] or "",
        tenant=row["tenant__name"] or "",
        received=row["received"],
        ended=ended,
    )

"""How far the bringing of a channel's history is, and what it came to, ready to be shown."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db.models import Count
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.channels.accounting import ENDINGS
from apps.channels.halting import can_go_on
from apps.channels.models import Backfill, Channel, InboundEvent

EARLIER = 5


class Stage(StrEnum):
    """What a person makes of the row's state."""

    GOING = "going"
    WAITING = "waiting"
    STOPPING = "stopping"
    STOPPED = "stopped"
    READING = "reading"
    DONE = "done"
    FAILED = "failed"


TITLES: dict[Stage, str | Promise] = {
    Stage.GOING: _("Being brought"),
    Stage.WAITING: _("Waiting for the service"),
    Stage.STOPPING: _("Stops after the page in hand"),
    Stage.STOPPED: _("Stopped"),
    Stage.READING: _("All is here and being sorted"),
    Stage.DONE: _("Done"),
    Stage.FAILED: _("Failed"),
}
MOVING = frozenset({Stage.GOING, Stage.WAITING, Stage.STOPPING, Stage.READING})


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Of the messages found, `missing` were not here; `unread` are stored and not sorted yet."""

    row: Backfill
    missing: int
    unread: int

    @property
    def stage(self) -> Stage:
        row = self.row
        if not row.is_settled:
            if row.stopped_at is not None:
                return Stage.STOPPING
            return Stage.WAITING if row.error_code and row.due_at > timezone.now() else Stage.GOING
        if row.finished_at is None:
            return Stage.STOPPED if row.stopped_at is not None else Stage.FAILED
        return Stage.READING if self.unread else Stage.DONE

    @property
    def title(self) -> str | Promise:
        return TITLES[self.stage]

    @property
    def moves(self) -> bool:
        return self.stage in MOVING

    @property
    def can_stop(self) -> bool:
        return self.stage in (Stage.GOING, Stage.WAITING)

    @property
    def can_go_on(self) -> bool:
        return can_go_on(self.row)

    @property
    def trouble(self) -> str:
        return gettext(self.row.error_text) if self.row.error_text else ""

    @property
    def goes_on_at(self) -> datetime | None:
        return self.row.due_at if self.stage is Stage.WAITING else None


def histories_of(channel: Channel) -> list[Progress]:
    """The last one first, and a few before it. Two statements."""
    rows = list(Backfill.objects.filter(channel=channel).order_by("-created_at", "-pk")[: EARLIER + 1])
    events = InboundEvent.objects.filter(backfill__in=rows).order_by().values("backfill_id")
    counts = events.annotate(
        missing=Count("pk", filter=ENDINGS["message"]), unread=Count("pk", filter=ENDINGS["waiting"])
    )
    known = {one["backfill_id"]: (one["missing"], one["unread"]) for one in counts}
    return [_progress(row, *known.get(row.pk, (0, 0))) for row in rows]


def _progress(row: Backfill, missing: int, unread: int) -> Progress:
    return Progress(row=row, missing=missing, unread=unread)

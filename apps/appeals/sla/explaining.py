"""How a deadline came about, so that nobody has to believe it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from apps.appeals.models import Appeal, AppealStatus
from apps.appeals.sla.clocks import STOPS, resolve_due
from apps.appeals.sla.targets import rules_of
from apps.appeals.sla.wording import brief, until, urgency


@dataclass(frozen=True, slots=True, kw_only=True)
class Reckoning:
    """`spent` and `stopped` are working time, or all time where the target says so."""

    spent: timedelta
    stopped: timedelta
    target: timedelta
    due_at: datetime | None
    is_round_the_clock: bool
    now: datetime

    @property
    def text(self) -> str:
        if self.due_at is None:
            return _("the clock stands still: we wait for the client")
        return until(self.due_at, self.now)

    @property
    def state(self) -> str:
        return "calm" if self.due_at is None else urgency(self.due_at, self.now)

    @property
    def reasons(self) -> str:
        """«2 h 10 min of working time of 4 h; pause 1 h»."""
        given = {"spent": brief(self.spent), "target": brief(self.target)}
        said = (
            _("%(spent)s of %(target)s, nights and days off included") % given
            if self.is_round_the_clock
            else _("%(spent)s of working time of %(target)s") % given
        )
        return said + (_("; pause %(time)s") % {"time": brief(self.stopped)} if self.stopped else "")


def reckon(appeal: Appeal, *, now: datetime) -> Reckoning | None:
    """None where nothing is aimed at, and for what has ended. Three queries."""
    if appeal.status in STOPS and appeal.status != AppealStatus.WAITING:
        return None
    aim = rules_of(appeal.tenant_id).aim(appeal.channel_id)
    if aim is None or aim.target.resolution_minutes is None:
        return None
    stops = list(appeal.stops.all())
    stopped = sum((aim.worked(stop.began_at, stop.ended_at or now) for stop in stops), start=timedelta())
    return Reckoning(
        spent=aim.worked(appeal.created_at, now) - stopped,
        stopped=stopped,
        target=timedelta(minutes=aim.target.resolution_minutes),
        due_at=resolve_due(appeal, aim, stops),
        is_round_the_clock=aim.target.is_round_the_clock,
        now=now,
    )

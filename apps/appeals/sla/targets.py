"""What is aimed at, and by which hours it is reckoned: an organisation's rules, read once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from apps.appeals.models import Target
from apps.tenants.schedules import schedule_of
from apps.tenants.working_time import Schedule, moment_after, round_the_clock, worked


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """What holds for one channel, and the hours it counts in."""

    target: Target
    schedule: Schedule

    def after(self, since: datetime, amount: timedelta) -> datetime | None:
        return moment_after(self.schedule, since, amount)

    def due(self, since: datetime, minutes: int | None) -> datetime | None:
        return None if minutes is None else self.after(since, timedelta(minutes=minutes))

    def worked(self, start: datetime, end: datetime) -> timedelta:
        return worked(self.schedule, start, end)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    schedule: Schedule | None
    general: Target | None
    by_channel: Mapping[int, Target]

    def aim(self, channel_id: int) -> Aim | None:
        """A channel's own target takes the place of the general one as a whole."""
        target = self.by_channel.get(channel_id, self.general)
        if target is None or self.schedule is None:
            return None
        hours = round_the_clock(self.schedule.zone) if target.is_round_the_clock else self.schedule
        return Aim(target=target, schedule=hours)


def rules_of(tenant_id: int) -> Rules:
    """One query where nothing is aimed at, else two."""
    targets = list(Target.objects.filter(tenant_id=tenant_id).select_related("tenant"))
    return Rules(
        schedule=schedule_of(targets[0].tenant) if targets else None,
        general=next((one for one in targets if one.channel_id is None), None),
        by_channel={one.channel_id: one for one in targets if one.channel_id is not None},
    )

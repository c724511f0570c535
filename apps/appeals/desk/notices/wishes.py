"""When an employee is not to be disturbed."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from apps.appeals.models import NoticeWishes
from apps.tenants.models import Member

DAY = timedelta(days=1)


def wishes_of(member: Member) -> NoticeWishes:
    found = NoticeWishes.objects.filter(member=member).first()
    return found or NoticeWishes(tenant_id=member.tenant_id, member=member)


def quiet_end(wishes: NoticeWishes, *, zone: str, now: datetime) -> datetime | None:
    """Until when nothing is announced; None where it may be now."""
    until = wishes.quiet_until if wishes.quiet_until and wishes.quiet_until > now else None
    # Hours of the night may follow right upon it.
    return _daily_end(wishes, (until or now).astimezone(ZoneInfo(zone))) or until


def _daily_end(wishes: NoticeWishes, at: datetime) -> datetime | None:
    begin, end = wishes.quiet_from, wishes.quiet_to
    if begin is None or end is None or begin == end:
        return None
    clock = at.time()
    is_quiet = begin <= clock < end if begin < end else clock >= begin or clock < end
    if not is_quiet:
        return None
    day = at.date() if clock < end else (at + DAY).date()
    return datetime.combine(day, end, tzinfo=at.tzinfo)

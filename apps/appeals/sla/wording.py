"""Durations and deadlines in few words."""

from datetime import datetime, timedelta

from django.utils import formats, timezone
from django.utils.translation import gettext as _

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
# By then it is the next thing to do.
SOON = 15 * MINUTE


def brief(time: timedelta) -> str:
    """«2 h 10 min». Working time has no days: nobody knows how long one is."""
    minutes = int(time.total_seconds() // 60)
    if minutes < 1:
        return _("under a minute")
    hours, minutes = divmod(minutes, 60)
    parts = [_("%(n)d h") % {"n": hours}] if hours else []
    parts += [_("%(n)d min") % {"n": minutes}] if minutes else []
    return " ".join(parts)


def until(due: datetime, now: datetime) -> str:
    """What is left of it: as a span for the next hour, later as the clock will show it."""
    if due <= now:
        return _("overdue by %(time)s") % {"time": brief(now - due)}
    if due - now < HOUR:
        return _("in %(time)s") % {"time": brief(due - now)}
    return _("by %(moment)s") % {"moment": moment(due, now)}


def moment(at: datetime, now: datetime) -> str:
    """The hour alone for today, with the day for any other."""
    local, today = timezone.localtime(at), timezone.localtime(now)
    clock = formats.time_format(local, "H:i")
    if local.date() == today.date():
        return clock
    day = formats.date_format(local, "D" if local - today < timedelta(days=6) else "j M")
    return f"{day}, {clock}"


def urgency(due: datetime, now: datetime) -> str:
    """For the colour: late, soon or calm."""
    if due <= now:
        return "late"
    return "soon" if due - now <= SOON else "calm"

"""When nobody answers: what the page says of it in place of a promise."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.channels.chat.sessions import Chat
from apps.tenants.schedules import schedule_of
from apps.tenants.working_time import opens_at

ON_DAY = (
    gettext_lazy("We are away now and will answer on Monday from %(time)s."),
    gettext_lazy("We are away now and will answer on Tuesday from %(time)s."),
    gettext_lazy("We are away now and will answer on Wednesday from %(time)s."),
    gettext_lazy("We are away now and will answer on Thursday from %(time)s."),
    gettext_lazy("We are away now and will answer on Friday from %(time)s."),
    gettext_lazy("We are away now and will answer on Saturday from %(time)s."),
    gettext_lazy("We are away now and will answer on Sunday from %(time)s."),
)


def away_words(chat: Chat, *, now: datetime | None = None) -> str:
    """Empty while somebody is there. In the shop's own time, which is when somebody comes."""
    if chat.config.is_away:
        return chat.config.offline_text or _("Nobody answers here at the moment.")
    tenant = chat.channel.tenant
    local = timezone.localtime(now, ZoneInfo(tenant.timezone))
    back = opens_at(schedule_of(tenant), local)
    if back is None:
        return ""
    time = {"time": formats.time_format(back, "H:i")}
    if back.date() == local.date():
        return _("We are away now and will answer today from %(time)s.") % time
    if back.date() == local.date() + timedelta(days=1):
        return _("We are away now and will answer tomorrow from %(time)s.") % time
    if back.date() <= local.date() + timedelta(days=7):
        return str(ON_DAY[back.weekday()]) % time
    day = {"day": formats.date_format(back, "MONTH_DAY_FORMAT")}
    return _("We are away now and will answer on %(day)s from %(time)s.") % {**time, **day}

"""A conversation is put off and comes back: at its time, when the client writes, or when somebody fetches it.

While it is put off it stands in no list of what there is to do. Its time is kept by a row of work, which does
nothing if the conversation has come back, or was put off anew, in between.
"""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from functools import partial
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.appeals.events import note_event
from apps.appeals.models import Actor, Conversation, EventKind, Snooze
from apps.appeals.people import locked, touch
from apps.core.errors import Rejected
from apps.core.work import Effect
from apps.tenants.models import Member, Tenant
from apps.tenants.schedules import schedule_of
from apps.tenants.working_time import opens_at

Rows = TypeVar("Rows", bound=QuerySet[Any])

WHY = 200
LONGEST = timedelta(days=366)
# Where no working hours are set, or none of that day.
MORNING, EVENING = time(9), time(18)


def _this_evening(tenant: Tenant, now: datetime) -> datetime:
    return datetime.combine(now.date(), EVENING, tzinfo=now.tzinfo)


def _morning(tenant: Tenant, now: datetime, *, days: int) -> datetime:
    """When the organisation opens on that day, or on the next one that it works."""
    midnight = datetime.combine(now.date() + timedelta(days=days), time(), tzinfo=now.tzinfo)
    return opens_at(schedule_of(tenant), midnight) or datetime.combine(midnight.date(), MORNING, now.tzinfo)


def _monday(tenant: Tenant, now: datetime) -> datetime:
    return _morning(tenant, now, days=7 - now.weekday())


PRESETS: dict[str, tuple[str | Promise, Callable[[Tenant, datetime], datetime]]] = {
    "hour": (_("In an hour"), lambda tenant, now: now + timedelta(hours=1)),
    "three_hours": (_("In three hours"), lambda tenant, now: now + timedelta(hours=3)),
    "evening": (_("This evening"), _this_evening),
    "tomorrow": (_("Tomorrow"), partial(_morning, days=1)),
    "monday": (_("On Monday"), _monday),
    "week": (_("In a week"), partial(_morning, days=7)),
}


def presets(tenant: Tenant) -> list[tuple[str, str | Promise, datetime]]:
    """Name, title and moment of those that lie ahead, by the tenant's clock; each moment once."""
    now = timezone.now().astimezone(ZoneInfo(tenant.timezone))
    found: dict[datetime, tuple[str, str | Promise, datetime]] = {}
    for name, (title, when) in PRESETS.items():
        at = when(tenant, now)
        if at > now:
            found.setdefault(at, (name, title, at))
    return list(found.values())


def moment(tenant: Tenant, *, preset: str = "", typed: str = "") -> datetime:
    """`typed` is a date and time on the tenant's clock, as a browser's field sends it.

    Raises Rejected where neither says a moment ahead.
    """
    clock = ZoneInfo(tenant.timezone)
    now = timezone.now().astimezone(clock)
    try:
        at = datetime.fromisoformat(typed).replace(tzinfo=clock) if typed else PRESETS[preset][1](tenant, now)
    except (ValueError, KeyError):
        raise Rejected(_("Say until when: choose a time or write date and time."), code="no_time") from None
    if at <= now:
        raise Rejected(_("That moment has passed already. Choose a later one."), code="past")
    if at > now + LONGEST:
        raise Rejected(_("A year is the longest. Choose an earlier moment."), code="too_far")
    return at


def snooze(*, conversation: Conversation, until: datetime, why: str, member: Member | None) -> None:
    why = why.strip()[:WHY]
    with transaction.atomic():
        chat = locked(conversation.pk)
        Snooze.objects.create(tenant_id=chat.tenant_id, conversation=chat, until=until, due_at=until)
        _write(chat, until=until, why=why, by=member)
        told = {"until": until.isoformat(), "why": why}
        note_event(EventKind.SNOOZED, conversation=chat, appeal=_current(chat), member=member, data=told)


def fetch_back(*, conversation: Conversation, member: Member | None) -> None:
    """Before its time, by hand. Pressed twice is as good as once."""
    with transaction.atomic():
        chat = locked(conversation.pk)
        if chat.snoozed_until is not None:
            _write(chat)
            note_event(EventKind.WOKEN, conversation=chat, appeal=_current(chat), member=member)


def forget(conversation: Conversation) -> None:
    """There is nothing left to be reminded of. Call with the conversation locked."""
    if conversation.snoozed_until is not None or conversation.reminded_at is not None:
        _write(conversation)


def remind(snooze: Snooze) -> Effect:
    """The work behind every reminder."""
    return partial(_remind, snooze)


def _remind(snooze: Snooze) -> None:
    chat = locked(snooze.conversation_id)
    if chat.snoozed_until != snooze.until:
        return
    _write(chat, why=chat.snoozed_why, by=chat.snoozed_by, reminded_at=timezone.now())
    told = {"how": "clock", "why": chat.snoozed_why}
    note_event(EventKind.WOKEN, conversation=chat, appeal=_current(chat), actor=Actor.SYSTEM, data=told)


def _write(
    chat: Conversation,
    *,
    until: datetime | None = None,
    why: str = "",
    by: Member | None = None,
    reminded_at: datetime | None = None,
) -> None:
    chat.snoozed_until, chat.snoozed_why, chat.snoozed_by, chat.reminded_at = until, why, by, reminded_at
    chat.save(update_fields=["snoozed_until", "snoozed_why", "snoozed_by", "reminded_at"])
    touch(chat.pk)


def _current(chat: Conversation) -> Any:
    return chat.appeals.order_by("-created_at").first()


# --- for lists of conversations


def not_snoozed(rows: Rows) -> Rows:
    """What there is to do now."""
    return rows.filter(snoozed_until=None)


def snoozed(rows: Rows) -> Rows:
    """What is put off, the next to come back first."""
    return rows.filter(snoozed_until__isnull=False).order_by("snoozed_until", "pk")


def reminded(rows: Rows) -> Rows:
    """What has come back by the clock and waits for somebody since."""
    return rows.filter(reminded_at__isnull=False)


def awaiting(rows: Rows) -> Rows:
    """Who waits for us: a client for an answer, or somebody's own reminder; nothing that is put off."""
    return not_snoozed(rows).filter(Q(waiting_since__isnull=False) | Q(reminded_at__isnull=False))

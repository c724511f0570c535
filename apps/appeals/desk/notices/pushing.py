"""What a member's devices are told, found when the bell has rung: by the rows and rights of the browser's.

Of a client's unread words one notification goes, however many messages follow, and one more once the member
has read them and the client writes again. All of it is written with the end of the round, or nothing is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from apps.appeals.desk.notices.finding import Notice
from apps.appeals.desk.notices.telling import Told, tell
from apps.appeals.desk.notices.wording import client_name
from apps.appeals.models import Conversation, DeviceRing, NoticeKind, ReadMark
from apps.appeals.read_marks import MOMENT
from apps.core.models import State
from apps.core.text import shorten
from apps.core.work import Effect
from apps.push.devices import reachable
from apps.push.models import Device, Push
from apps.tenants.models import Member

# What has not reached a device by then is no news there any more.
LASTS = timedelta(hours=12)
# What an app on a phone knows them by; the first is the customer's own word.
TYPES: dict[NoticeKind, str] = {
    NoticeKind.OWN: "new_message",
    NoticeKind.FREE: "new_appeal",
    NoticeKind.MENTION: "mention",
    NoticeKind.HANDED: "handed_over",
    NoticeKind.DUE: "deadline",
    NoticeKind.FAILED: "not_delivered",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What is to be written for one member: what goes out, what is of no use any more, when to look again."""

    pushes: Sequence[Push] = ()
    outdated: Sequence[int] = ()
    next_at: datetime | None = None


def look(ring: DeviceRing) -> Effect:
    """The work behind a bell. Bells that had rung before it began to look need no look of their own."""
    others = DeviceRing.objects.filter(tenant=ring.tenant_id, member=ring.member_id, state=State.QUEUED)
    answered = list(others.values_list("pk", flat=True))
    if ring.member_id is None:
        return partial(_spread, ring, answered)
    member = Member.objects.select_related("tenant").filter(pk=ring.member_id).first()
    found = _find(member, timezone.now()) if member is not None else Found()
    return partial(_settle, ring, answered, found)


def _spread(ring: DeviceRing, answered: Sequence[int]) -> None:
    """A bell for all is one for each who has devices, but for those whose own is about to be looked at."""
    soon = DeviceRing.objects.filter(
        tenant=ring.tenant_id, state=State.QUEUED, due_at__lte=timezone.now(), member__isnull=False
    )
    members = Device.objects.filter(tenant=ring.tenant_id, active=True).values_list("member", flat=True)
    rung = set(members) - set(soon.values_list("member", flat=True))
    DeviceRing.objects.bulk_create(
        [DeviceRing(tenant_id=ring.tenant_id, member_id=pk) for pk in sorted(rung)]
    )
    _forget(ring, answered)


def _settle(ring: DeviceRing, answered: Sequence[int], found: Found) -> None:
    Push.objects.filter(pk__in=found.outdated, state=State.QUEUED).delete()
    # Another round for the same member may have been as quick.
    Push.objects.bulk_create(found.pushes, ignore_conflicts=True)
    if found.next_at is not None:
        DeviceRing.objects.create(tenant_id=ring.tenant_id, member_id=ring.member_id, due_at=found.next_at)
    _forget(ring, answered)


def _forget(ring: DeviceRing, answered: Sequence[int]) -> None:
    DeviceRing.objects.filter(pk__in=answered, state=State.QUEUED).delete()
    DeviceRing.objects.filter(pk=ring.pk).delete()


def _find(member: Member, now: datetime) -> Found:
    devices = reachable(member)
    if not devices:
        return Found()
    with translation.override(member.tenant.language):
        told = tell(member, now=now, on_devices=True)
        read = _read_marks(member, told)
        pushes = _composed(member, devices, told, read, now) if told.notices else []
    current = {_key(one, read.get(one.conversation)) for one in told.notices}
    waiting = Push.objects.filter(device__in=devices, state=State.QUEUED, kind__in=TYPES.values())
    outdated = [pk for pk, key in waiting.values_list("pk", "key") if key not in current]
    return Found(pushes=pushes, outdated=outdated, next_at=told.next_at)


def _read_marks(member: Member, told: Told) -> dict[int, datetime]:
    chats = {one.conversation for one in told.notices}
    marks = ReadMark.objects.filter(member=member, conversation__in=chats)
    return dict(marks.values_list("conversation", "read_at"))


def _composed(
    member: Member, devices: Sequence[Device], told: Told, read: Mapping[int, datetime], now: datetime
) -> list[Push]:
    chats = {one.conversation for one in told.notices}
    found = Conversation.objects.filter(pk__in=chats).select_related("contact").in_bulk()
    made = []
    for notice in told.notices:
        chat, read_at = found.get(notice.conversation), read.get(notice.conversation)
        if chat is None or _is_put_aside(notice, read_at):
            continue
        sounds = notice.kind in told.wishes.sounding
        data, link = _data(member, notice, chat, sounds=sounds), settings.PUBLIC_URL + _path(notice)
        made += [
            Push(
                tenant_id=member.tenant_id,
                device=device,
                key=_key(notice, read_at),
                kind=TYPES[notice.kind],
                thread=_thread(notice),
                title=shorten(_title(notice), 200),
                body=notice.body,
                data=data,
                link=link,
                sounds=sounds,
                created_at=now,
                expires_at=now + LASTS,
            )
            for device in devices
            # Of what was there before a device came, it is told nothing.
            if notice.at >= device.date_created
        ]
    return made


def _key(notice: Notice, read_at: datetime | None) -> str:
    """Of unread words it changes when the member reads, not with every message."""
    if notice.kind is not NoticeKind.OWN:
        return notice.key
    return f"own:{notice.conversation}:{read_at.timestamp() if read_at else 0:.6f}"


def _is_put_aside(notice: Notice, read_at: datetime | None) -> bool:
    """Marked as unread by the member's own hand: they know these words (`read_marks.mark_unread`)."""
    return notice.kind is NoticeKind.OWN and read_at is not None and notice.at - read_at <= MOMENT


def _thread(notice: Notice) -> str:
    """One conversation's replace each other on a device: what is opened by them is the same."""
    return f"conversation-{notice.conversation}"


def _path(notice: Notice) -> str:
    return reverse("desk_conversation", args=[notice.conversation])


def _title(notice: Notice) -> str:
    return (
        _("New message: %(who)s") % {"who": notice.title} if notice.kind is NoticeKind.OWN else notice.title
    )


def _data(member: Member, notice: Notice, chat: Conversation, *, sounds: bool) -> dict[str, Any]:
    """All of it text, as services want it. `tag` and `key` are those of the browser's own notification."""
    return {
        "appeal_id": str(chat.current_appeal_id or ""),
        "client_name": client_name(chat),
        "type": TYPES[notice.kind],
        "url": _path(notice),
        "tag": f"desk:bell:{member.pk}:{_path(notice)}",
        "key": notice.key,
        "sounds": "1" if sounds else "",
    }

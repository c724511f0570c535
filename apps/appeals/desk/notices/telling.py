"""All that a member's browser is told at once, by their wishes."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from apps.appeals.desk.notices import finding
from apps.appeals.desk.notices.deadlines import deadlines
from apps.appeals.desk.notices.finding import Find, Notice
from apps.appeals.desk.notices.wishes import quiet_end, wishes_of
from apps.appeals.desk.notices.wording import words
from apps.appeals.models import Attachment, Message, NoticeKind, NoticeWishes
from apps.appeals.templatetags.desk import media_label
from apps.tenants.models import Member

SOURCES: dict[str, Find] = {
    NoticeKind.OWN: finding.own,
    NoticeKind.FREE: finding.free,
    NoticeKind.MENTION: finding.mentions,
    NoticeKind.HANDED: finding.handed,
    NoticeKind.FAILED: finding.failed,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """`next_at`: there will be more then, though nobody does anything. While it is quiet, nothing is told."""

    wishes: NoticeWishes
    notices: list[Notice]
    next_at: datetime | None
    is_quiet: bool


def tell(member: Member, *, now: datetime, on_devices: bool = False) -> Told:
    """A constant number of queries: one for the wishes, one for each kind that is wished, two for words.

    By what is wished for this browser, or for the member's devices.
    """
    wishes = wishes_of(member)
    quiet = quiet_end(wishes, zone=member.tenant.timezone, now=now)
    if quiet is not None:
        return Told(wishes=wishes, notices=[], next_at=quiet, is_quiet=True)
    wished = set(wishes.pushed) if on_devices else {*wishes.shown, *wishes.sounding}
    found = [one for kind, find in SOURCES.items() if kind in wished for one in find(member, now)]
    due, next_at = deadlines(member, now) if NoticeKind.DUE in wished else ([], None)
    notices = [*_with_words(found), *due]
    return Told(wishes=wishes, notices=notices, next_at=next_at, is_quiet=False)


def _with_words(notices: Iterable[Notice]) -> list[Notice]:
    """The client's last ones, where a notice is about them."""
    notices = list(notices)
    ids = {one.last_of for one in notices if one.last_of is not None}
    if not ids:
        return notices
    messages = Message.objects.only("text", "note").in_bulk(ids)
    kinds = dict(Attachment.objects.filter(message__in=ids).order_by("-id").values_list("message", "kind"))
    bodies = {pk: _words(message, kinds.get(pk, "")) for pk, message in messages.items()}
    return [replace(one, body=bodies.get(one.last_of or 0, one.body)) for one in notices]


def _words(message: Message, kind: str) -> str:
    return words(message.text or message.note) or str(media_label(kind))

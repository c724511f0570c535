"""Deadlines of a member's own appeals that are near or missed, and when the next one will be."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.appeals.desk.filters import open_appeals
from apps.appeals.desk.notices.finding import MOST, Notice
from apps.appeals.desk.notices.wording import who, who_at
from apps.appeals.models import Appeal, NoticeKind
from apps.appeals.sla.wording import brief
from apps.tenants.models import Member

# What was missed longer ago than this is no news.
MISSED = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """Told to be near `ahead` of it, and never before two thirds of the time are gone."""

    name: str
    since: datetime
    due: datetime
    ahead: timedelta

    @property
    def near_at(self) -> datetime:
        return self.due - max(timedelta(), min(self.ahead, (self.due - self.since) / 3))


TITLES = {
    ("answer", False): _("The answer is due in %(time)s"),
    ("answer", True): _("The answer is overdue"),
    ("settle", False): _("The appeal is to be settled in %(time)s"),
    ("settle", True): _("The appeal was not settled in time"),
}


def deadlines(member: Member, now: datetime) -> tuple[list[Notice], datetime | None]:
    """And the next moment at which there will be one more. One query."""
    notices, ahead = [], []
    for appeal in _appeals(member, now):
        for one in _of(appeal):
            if one.due <= now - MISSED:
                continue
            if one.near_at <= now:
                notices.append(_notice(appeal, one, now))
            ahead += [at for at in (one.near_at, one.due) if at > now]
    return notices, min(ahead, default=None)


def _appeals(member: Member, now: datetime) -> Iterator[Appeal]:
    answer = Q(conversation__answer_due_at__gt=now - MISSED, conversation__waiting_since__isnull=False)
    rows = open_appeals(member).filter(
        answer | Q(resolve_due_at__gt=now - MISSED),
        tenant=member.tenant_id,
        conversation__snoozed_until=None,
    )
    shown = ("created_at", "reopened_at", "resolve_due_at", *who_at("conversation"))
    clock = ("conversation__waiting_since", "conversation__answer_due_at")
    rows = rows.select_related("conversation__contact", "conversation__channel__connection")
    yield from rows.only(*shown, *clock).order_by("conversation__answer_due_at", "resolve_due_at")[:MOST]


def _of(appeal: Appeal) -> Iterator[Deadline]:
    chat = appeal.conversation
    if chat.answer_due_at is not None and chat.waiting_since is not None:
        yield Deadline(
            name="answer", since=chat.waiting_since, due=chat.answer_due_at, ahead=timedelta(minutes=5)
        )
    if appeal.resolve_due_at is not None:
        yield Deadline(
            name="settle", since=appeal.clock_from, due=appeal.resolve_due_at, ahead=timedelta(minutes=30)
        )


def _notice(appeal: Appeal, deadline: Deadline, now: datetime) -> Notice:
    is_late = deadline.due <= now
    return Notice(
        key=f"due:{deadline.name}:{appeal.pk}:{deadline.due.timestamp():.0f}:{'late' if is_late else 'near'}",
        kind=NoticeKind.DUE,
        conversation=appeal.conversation_id,
        at=deadline.due if is_late else deadline.near_at,
        title=str(TITLES[deadline.name, is_late] % {"time": brief(deadline.due - now)}),
        body=who(appeal.conversation),
    )

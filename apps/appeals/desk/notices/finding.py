"""What there is to tell a member of, kind by kind. Each costs one query, however much there is."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, F, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from apps.appeals import handing_over, jotting
from apps.appeals.admitting import seen_by
from apps.appeals.desk.filters import unread_by
from apps.appeals.desk.notices.wording import WHO, who, who_at, words
from apps.appeals.models import (
    AppealEvent,
    Author,
    Conversation,
    EventKind,
    Looking,
    Message,
    NoticeKind,
    ReadMark,
)
from apps.appeals.models.appeal import OPEN_STATUSES
from apps.appeals.snoozing import not_snoozed
from apps.channels.models import Attempt
from apps.core.models import TROUBLED
from apps.tenants.models import Member

# Nobody is told of more, nor of what is older.
MOST = 50
RECENT = timedelta(days=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """`key` is the same as long as there is nothing new about it. `last_of` is where its words are looked up,
    where they are a client's last ones. `place` is the address of what it is about, where that is not simply
    the end of the conversation.
    """

    key: str
    kind: NoticeKind
    conversation: int
    at: datetime
    title: str
    body: str = ""
    messages: int = 0
    last_of: int | None = None
    place: str = ""


Find = Callable[[Member, datetime], Iterator[Notice]]


def _unread(member: Member, now: datetime) -> QuerySet[Any]:
    chats = not_snoozed(Conversation.objects.filter(tenant=member.tenant_id))
    fresh = chats.filter(unread_by(member), current_appeal__status__in=OPEN_STATUSES)
    last = Message.objects.filter(conversation=OuterRef("pk"), author=Author.CLIENT).reverse()
    shown = fresh.filter(last_inbound_at__gt=now - RECENT).select_related("contact", "channel__connection")
    marked: QuerySet[Any] = shown.annotate(last_id=Subquery(last.values("pk")[:1]))
    return marked.order_by("-last_inbound_at").only("last_inbound_at", *WHO)


def own(member: Member, now: datetime) -> Iterator[Notice]:
    read = ReadMark.objects.filter(conversation=OuterRef("conversation"), member=member).values("read_at")
    since = Coalesce(Subquery(read), member.created_at)
    theirs = Message.objects.filter(
        conversation=OuterRef("pk"), author=Author.CLIENT, is_history=False, received_at__gt=since
    )
    count = Subquery(theirs.order_by().values("conversation").annotate(n=Count("pk")).values("n"))
    for chat in _unread(member, now).filter(current_appeal__operator=member).annotate(unread=count)[:MOST]:
        yield Notice(
            key=f"own:{chat.pk}:{chat.last_inbound_at.timestamp():.6f}",
            kind=NoticeKind.OWN,
            conversation=chat.pk,
            at=chat.last_inbound_at,
            title=who(chat),
            messages=chat.unread or 1,
            last_of=chat.last_id,
        )


def free(member: Member, now: datetime) -> Iterator[Notice]:
    """Once for an appeal, however much the client writes before somebody takes it."""
    clock = ("current_appeal__created_at", "current_appeal__reopened_at")
    rows = _unread(member, now).filter(current_appeal__operator=None).select_related("current_appeal")
    rows = rows.only("last_inbound_at", *clock, *WHO)
    for chat in rows[:MOST]:
        yield Notice(
            key=f"free:{chat.current_appeal_id}:{chat.current_appeal.clock_from.timestamp():.0f}",
            kind=NoticeKind.FREE,
            conversation=chat.pk,
            at=chat.last_inbound_at,
            title=_("New appeal: %(who)s") % {"who": who(chat)},
            messages=1,
            last_of=chat.last_id,
        )


def mentions(member: Member, now: datetime) -> Iterator[Notice]:
    rows = jotting.unseen(member).select_related(
        "note__member", "note__conversation__contact", "note__conversation__channel__connection"
    )
    shown = ("note__created_at", "note__text", "note__member__name", *who_at("note__conversation"))
    for one in rows.order_by("-pk").only(*shown)[:MOST]:
        author = one.note.member.name if one.note.member else _("a former colleague")
        yield Notice(
            key=f"mention:{one.pk}",
            kind=NoticeKind.MENTION,
            conversation=one.note.conversation_id,
            at=one.note.created_at,
            title=_("%(name)s mentions you") % {"name": author},
            body=f"{who(one.note.conversation)}\n{words(one.note.text)}",
            place=one.note.get_absolute_url(),
        )


def handed(member: Member, now: datetime) -> Iterator[Notice]:
    events = AppealEvent.objects.filter(appeal=OuterRef("pk"), kind=EventKind.HANDED).order_by("-at", "-pk")
    rows = handing_over.unseen(member).select_related(
        "conversation__contact", "conversation__channel__connection"
    )
    told = rows.annotate(
        event=Subquery(events.values("pk")[:1]),
        why=Subquery(events.values(why=KeyTextTransform("why", "data"))[:1]),
    )
    for one in told.order_by("-updated_at").only("updated_at", *who_at("conversation"))[:MOST]:
        yield Notice(
            key=f"handed:{one.pk}:{one.event}",
            kind=NoticeKind.HANDED,
            conversation=one.conversation_id,
            at=one.updated_at,
            title=_("An appeal was handed to you"),
            body="\n".join(filter(None, (who(one.conversation), words(one.why or "")))),
        )


def failed(member: Member, now: datetime) -> Iterator[Notice]:
    """Until the member has looked at the conversation, or the message went after all."""
    tries = Attempt.objects.filter(delivery=OuterRef("delivery")).values("delivery")
    looks = Looking.objects.filter(conversation=OuterRef("conversation"), member=member)
    rows = Message.objects.filter(
        seen_by(member, "conversation"),
        tenant=member.tenant_id,
        operator=member,
        delivery__state__in=TROUBLED,
        sent_at__gt=now - RECENT,
    ).annotate(
        failed_at=Coalesce(Subquery(tries.annotate(at=Max("finished_at")).values("at")), F("sent_at")),
        looked_at=Subquery(looks.values("looked_at")[:1]),
    )
    unseen = rows.filter(Q(looked_at=None) | Q(looked_at__lt=F("failed_at"))).select_related(
        "delivery", "conversation__contact", "conversation__channel__connection"
    )
    shown = ("text", "delivery__attempts", *who_at("conversation"))
    for one in unseen.order_by("-pk").only(*shown)[:MOST]:
        yield Notice(
            key=f"failed:{one.pk}:{one.delivery.attempts if one.delivery else 0}",
            kind=NoticeKind.FAILED,
            conversation=one.conversation_id,
            at=one.failed_at,
            title=_("Your answer was not delivered"),
            body="\n".join(filter(None, (who(one.conversation), words(one.text)))),
            place=one.get_absolute_url(),
        )

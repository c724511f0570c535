"""What is said and what happened in a conversation, in one order: messages, colleagues' notes, events."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Prefetch, Q, QuerySet

from apps.appeals.models import AppealEvent, Attachment, Campaign, Conversation, Mention, Message, Note
from apps.appeals.quoting import add_quotes
from apps.channels.models import Attempt

# The newest so many messages are shown; older ones on request. Beside them, so many notes and so many events.
SHOWN = 100
BESIDE = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One of the three."""

    at: datetime
    message: Message | None = None
    note: Note | None = None
    event: AppealEvent | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """Oldest first; `has_older` messages than these."""

    messages: list[Message]
    lines: list[Line]
    has_older: bool


def read(found: Conversation, *, before: Message | None) -> Feed:
    """Six queries however long it is, and one more where older messages are quoted, or a campaign wrote."""
    messages, has_older = _messages(found, before)
    since = messages[0].sent_at if has_older and messages else None
    until = before.sent_at if before is not None else None
    notes = Note.objects.select_related("member").prefetch_related(
        Prefetch("mentions", Mention.objects.select_related("member"))
    )
    lines = [
        *(Line(at=one.sent_at, message=one) for one in messages),
        *(Line(at=one.created_at, note=one) for one in _within(notes, found, "created_at", since, until)),
        *(
            Line(at=one.at, event=one)
            for one in _within(AppealEvent.objects.select_related("member"), found, "at", since, until)
        ),
    ]
    # The order of messages of one second is their own; the sort keeps it.
    return Feed(messages=messages, lines=sorted(lines, key=lambda line: line.at), has_older=has_older)


def _messages(found: Conversation, before: Message | None) -> tuple[list[Message], bool]:
    # Of a hundred messages few are a campaign's: joined, it costs a third of all columns.
    messages = found.messages.select_related("operator", "delivery").prefetch_related(
        Prefetch("campaign", Campaign.objects.only("name")),
        Prefetch(
            "attachments", Attachment.objects.select_related("transcription", "rendition").order_by("id")
        ),
        Prefetch("delivery__tries", Attempt.objects.order_by("number")),
    )
    if before is not None:
        messages = messages.filter(earlier_than(before))
    newest = list(messages.reverse()[: SHOWN + 1])
    add_quotes(found, newest)
    return list(reversed(newest[:SHOWN])), len(newest) > SHOWN


def _within(
    rows: QuerySet[Any], found: Conversation, clock: str, since: datetime | None, until: datetime | None
) -> list[Any]:
    """Of the time that the messages shown cover: each is on exactly one page."""
    rows = rows.filter(conversation=found)
    if since is not None:
        rows = rows.filter(**{f"{clock}__gte": since})
    if until is not None:
        rows = rows.filter(**{f"{clock}__lt": until})
    return list(rows.order_by(f"-{clock}", "-pk")[:BESIDE])[::-1]


def earlier_than(message: Message) -> Q:
    """As the feed is ordered: many messages may bear the same second."""
    same_second = Q(sent_at=message.sent_at)
    came_earlier = Q(received_at__lt=message.received_at)
    came_with_it = Q(received_at=message.received_at, pk__lt=message.pk)
    return Q(sent_at__lt=message.sent_at) | same_second & (came_earlier | came_with_it)


def place_behind(message: Message | None) -> Message | None:
    """The end of a part that has this message in its middle; None where that is the newest part anyway."""
    if message is None:
        return None
    later = Message.objects.filter(conversation=message.conversation_id).exclude(earlier_than(message))
    return _middle(later.exclude(pk=message.pk))


def place_behind_note(note: Note | None) -> Message | None:
    """The same of what colleagues said, which stands among the messages of its time."""
    if note is None:
        return None
    return _middle(Message.objects.filter(conversation=note.conversation_id, sent_at__gt=note.created_at))


def _middle(later: QuerySet[Message]) -> Message | None:
    following = list(later[:SHOWN])
    return following[SHOWN // 2] if len(following) == SHOWN else None

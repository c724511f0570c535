"""Lines of a chat: written once whatever the network does, read from where the page left off, and seen."""

import json
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from django.db import transaction
from django.utils import timezone

from apps.channels.chat.sessions import admit
from apps.channels.connectors.webchat import SPEC, in_turn
from apps.channels.contract import OutgoingFile, Reached
from apps.channels.delivery import advance
from apps.channels.models import Channel, ChatLine, ChatVisitor, Delivery
from apps.channels.reached import ARRIVED
from apps.channels.receiving import store_event

AT_ONCE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What a visitor sent: words, a file that is stored already, how to reach them; at least one of it."""

    text: str
    origin: Mapping[str, Any]
    contact: Mapping[str, str] = field(default_factory=dict)
    file: OutgoingFile | None = None
    seconds: int | None = None

    @property
    def file_facts(self) -> dict[str, Any]:
        return {**asdict(self.file), "seconds": self.seconds} if self.file else {}


def write(
    *, channel: Channel, visitor: ChatVisitor | None, token: str, key: uuid.UUID, written: Written
) -> ChatLine:
    """The line, its visitor where that is new, and the event that others read on: all three or none."""
    with transaction.atomic():
        visitor = visitor or admit(channel=channel, token=token)
        in_turn(ChatVisitor.objects.filter(pk=visitor.pk)).get()
        line, is_new = ChatLine.objects.get_or_create(
            visitor=visitor,
            key=str(key),
            defaults={"from_visitor": True, "text": written.text, "file": written.file_facts},
        )
        if is_new:
            body = _event_body(visitor, line, written)
            store_event(connector=SPEC.slug, channel=channel, body=body, proof={})
            # Said: it is not being typed any more.
            ChatVisitor.objects.filter(pk=visitor.pk, writes_at__isnull=False).update(writes_at=None)
        return line


def _event_body(visitor: ChatVisitor, line: ChatLine, written: Written) -> bytes:
    event = {
        "visitor": visitor.external_id,
        "line": line.pk,
        "text": line.text,
        "at": line.at.isoformat(),
        "origin": written.origin,
    }
    if written.contact:
        event["contact"] = written.contact
    if line.file:
        # Not where it lies: whoever reads the event asks for the line's file.
        event["file"] = {name: value for name, value in line.file.items() if name != "path"}
    return json.dumps(event, ensure_ascii=False).encode()


def find_line(*, visitor: ChatVisitor, key: uuid.UUID) -> ChatLine | None:
    return ChatLine.objects.filter(visitor=visitor, key=str(key)).first()


def lines_after(*, visitor: ChatVisitor, after: int) -> list[ChatLine]:
    """At most `AT_ONCE`, oldest first."""
    return list(visitor.lines.filter(pk__gt=after).order_by("pk")[:AT_ONCE])


def seen_of(*, channel: Channel, lines: list[ChatLine]) -> dict[str, int]:
    """How far into these lines the visitor is known to have come: a new page need not say it again."""
    ours = {line.key: line.pk for line in lines if not line.from_visitor}
    seen = {"delivered": 0, "read": 0}
    if not ours:
        return seen
    for key, reached in Delivery.objects.filter(channel=channel, key__in=ours).values_list("key", "reached"):
        if reached in ARRIVED:
            seen["delivered"] = max(seen["delivered"], ours[str(key)])
        if reached == Reached.READ:
            seen["read"] = max(seen["read"], ours[str(key)])
    return seen


def mark_seen(*, channel: Channel, visitor: ChatVisitor, delivered: int, read: int) -> None:
    """By our own keys: the page may show a line before its delivery has learned that it is out."""
    waiting = Delivery.objects.filter(channel=channel, external_chat_id=visitor.external_id)
    keys = [str(key) for key in waiting.exclude(reached=Reached.READ).values_list("key", flat=True)[:AT_ONCE]]
    shown = visitor.lines.filter(from_visitor=False, key__in=keys, pk__lte=max(delivered, read))
    for line in shown.order_by("pk"):
        advance(
            channel=channel,
            external_message_id=str(line.pk),
            key=line.key,
            reached=Reached.READ if line.pk <= read else Reached.DELIVERED,
            at=timezone.now(),
        )

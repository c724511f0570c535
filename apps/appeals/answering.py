"""An operator answers: one message, one delivery, whatever happens to the browser in between."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.appeals import renditions
from apps.appeals.models import (
    Appeal,
    AppealStatus,
    Attachment,
    Author,
    Conversation,
    Draft,
    DraftFate,
    Message,
)
from apps.appeals.models.appeal import OPEN_STATUSES
from apps.appeals.people import answered, locked
from apps.appeals.quoting import quoted_id
from apps.appeals.seeing import saw
from apps.channels.contract import FilledTemplate, OutgoingFile
from apps.channels.delivery import queue_delivery
from apps.channels.gate import Piece, pieces
from apps.channels.models import Channel
from apps.channels.templates import reads
from apps.core.errors import Rejected
from apps.core.models import State
from apps.tenants.models import Member

SENT_BEFORE = "sent_before"
# An answer of more is a book; and a repeated form is told from a new one by the keys of so many.
MOST_PARTS = 50


def answer(
    *,
    conversation: Conversation,
    member: Member | None,
    text: str = "",
    key: uuid.UUID,
    draft: Draft | None = None,
    seen: int | None = None,
    files: Sequence[OutgoingFile] = (),
    template: FilledTemplate | None = None,
    reply_to: int | None = None,
) -> Message:
    """`key` comes from the compose form: the same form sent twice is one message. `seen` is the newest
    message the operator had before their eyes. A `template` goes by itself, and reads as it is filled.
    `reply_to` is the message of the client's that is answered, where the messenger can show that.

    Raises `core.errors.Rejected` with the reason when this channel can't carry it now.
    """
    text = reads(template) if template else text
    with transaction.atomic():
        chat = locked(conversation.pk)
        if known := sent_before(chat, key, text, files):
            return known
        refuse_decided(draft, text)
        parts = parts_of(chat.channel, text=text, files=files, template=template)
        appeal, wrote_at = take_up(chat, member), client_wrote_at(chat)
        quoted = quoted_id(chat, reply_to)
        messages = [
            _send(
                chat,
                appeal,
                member,
                text=part,
                file=of,
                template=template,
                key=part_key(key, number),
                reply_to="" if number else quoted,
                wrote_at=wrote_at,
            )
            for number, (part, of) in enumerate(parts)
        ]
        _decide_drafts(chat, draft, text, member)
        answered(chat, seen=seen)
        if member is not None:
            saw(chat, up_to=seen)
        return messages[0]


def parts_of(
    channel: Channel,
    *,
    text: str,
    files: Sequence[OutgoingFile] = (),
    template: FilledTemplate | None = None,
) -> list[Piece]:
    """The messages that an answer goes as, in their order: files one by one, the words with the last."""
    if template is not None:
        return [(text, None)]
    last = files[-1] if files else None
    parts = [*(("", file) for file in files[:-1]), *pieces(channel, text=text, file=last)]
    if len(parts) > MOST_PARTS:
        raise Rejected(_("The text is too long to be sent here. Send it as a file."), code="too_many_parts")
    return parts


def part_key(key: uuid.UUID, number: int) -> uuid.UUID:
    """Of the parts of one answer the first has its key, the others keys that follow from it."""
    return uuid.uuid5(key, str(number)) if number else key


def _send(
    chat: Conversation,
    appeal: Appeal | None,
    member: Member | None,
    *,
    text: str,
    file: OutgoingFile | None,
    template: FilledTemplate | None,
    key: uuid.UUID,
    reply_to: str,
    wrote_at: datetime | None,
) -> Message:
    delivery = queue_delivery(
        channel=chat.channel,
        external_chat_id=chat.external_chat_id,
        external_user_id=chat.identity.external_user_id,
        text=text,
        file=file,
        template=template,
        reply_to=reply_to,
        key=key,
        client_wrote_at=wrote_at,
    )
    message = Message.objects.create(
        tenant_id=chat.tenant_id,
        conversation=chat,
        appeal=appeal,
        delivery=delivery,
        author=Author.OPERATOR,
        operator=member,
        text=text,
        reply_to=reply_to,
        sent_at=timezone.now(),
    )
    if file is not None:
        show_file(message, file)
    return message


def show_file(message: Message, file: OutgoingFile) -> None:
    """Ours is stored already: nothing is left to fetch."""
    attachment = Attachment.objects.create(
        tenant_id=message.tenant_id,
        message=message,
        kind=file.kind,
        name=file.name,
        content_type=file.content_type[:100],
        size=file.size,
        file=file.path,
        state=State.DONE,
    )
    renditions.order(attachment)


def client_wrote_at(conversation: Conversation) -> datetime | None:
    """When the client last wrote here."""
    words = conversation.messages.filter(author=Author.CLIENT)
    return words.order_by("-sent_at").values_list("sent_at", flat=True).first()


def sent_before(
    chat: Conversation, key: uuid.UUID, text: str, files: Sequence[OutgoingFile]
) -> Message | None:
    """Words changed after a first try whose answer was lost must not vanish as a repetition of it."""
    keys = [part_key(key, number) for number in range(MOST_PARTS)]
    rows: QuerySet[Message] = chat.messages.filter(delivery__key__in=keys).select_related("delivery")
    by_key = {
        row.delivery.key: row for row in rows.prefetch_related("attachments") if row.delivery is not None
    }
    sent = [by_key[one] for one in keys if one in by_key]
    if key not in by_key:
        return None
    words = " ".join(message.text for message in sent).split()
    went = [(one.name, one.size) for message in sent for one in message.attachments.all()]
    if words != text.split() or went != [(file.name, file.size) for file in files]:
        first = _("The first version of your answer was sent after all. Press again to send this too.")
        raise Rejected(first, code=SENT_BEFORE)
    return by_key[key]


def refuse_decided(draft: Draft | None, text: str) -> None:
    """As it stands a draft answers what was there when it was written, and once."""
    if draft is None or draft.text.strip() != text.strip():
        return
    fate = Draft.objects.values_list("fate", flat=True).get(pk=draft.pk)
    if fate == DraftFate.OUTDATED:
        raise Rejected(_("Somebody wrote meanwhile: the draft no longer fits. Look above."), code="outdated")
    if fate in (DraftFate.ACCEPTED, DraftFate.EDITED):
        raise Rejected(_("A colleague has just sent this draft."), code="draft_sent")


def take_up(conversation: Conversation, member: Member | None) -> Appeal | None:
    """Who answers first has it. Call with the conversation locked."""
    appeal = conversation.appeals.filter(status__in=OPEN_STATUSES).first()
    if appeal is not None:
        note_answer(appeal=appeal, member=member, at=timezone.now())
    return appeal


def note_answer(*, appeal: Appeal, member: Member | None, at: datetime) -> None:
    appeal.operator = appeal.operator or member
    appeal.first_answer_at = appeal.first_answer_at or at
    if appeal.status == AppealStatus.NEW:
        appeal.status = AppealStatus.IN_PROGRESS
    appeal.save(update_fields=["operator", "first_answer_at", "status", "updated_at"])


def _decide_drafts(conversation: Conversation, used: Draft | None, text: str, member: Member | None) -> None:
    waiting = Draft.objects.filter(appeal__conversation=conversation, fate=DraftFate.WAITING)
    if used is not None:
        fate = DraftFate.ACCEPTED if used.text.strip() == text.strip() else DraftFate.EDITED
        waiting.filter(pk=used.pk).update(fate=fate, decided_by=member)
    waiting.update(fate=DraftFate.OUTDATED)

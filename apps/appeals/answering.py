"""An operator answers: one message, one delivery, whatever happens to the browser in between."""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.appeals import renditions
from apps.appeals.colliding import note_help
from apps.appeals.events import note_event
from apps.appeals.models import (
    Appeal,
    AppealStatus,
    Attachment,
    Author,
    Conversation,
    Draft,
    DraftFate,
    EventKind,
    Message,
)
from apps.appeals.models.appeal import OPEN_STATUSES
from apps.appeals.people import answered, locked
from apps.appeals.quoting import quoted_id
from apps.appeals.seeing import saw
from apps.appeals.vouching import fate_of, refuse_unproven
from apps.channels.contract import FilledTemplate, OutgoingFile
from apps.channels.delivery import REFUSED, queue_delivery, since
from apps.channels.gate import NEVER, Piece, closed, pieces
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
    buttons: Sequence[str] = (),
    vouched: bool = False,
) -> Message:
    """`key` comes from the compose form: the same form sent twice is one message. `seen` is the newest
    message the operator had before their eyes. A `template` goes by itself, and reads as it is filled.
    `reply_to` is the message of the client's that is answered, where the messenger can show that. `buttons`
    stand under its last words. `vouched`: the operator has checked the figures of the draft or the dictated
    letter that they send as it is.

    Raises `core.errors.Rejected` with the reason when this channel can't carry it now.
    """
    text = reads(template) if template else text
    with transaction.atomic():
        chat = locked(conversation.pk)
        if before := sent_before(chat, key, text, files, buttons):
            return before
        refuse_decided(draft, text)
        refuse_unproven(chat, draft, text, vouched=vouched)
        wrote_at = client_wrote_at(chat)
        if template is None and wrote_at is None and (reason := closed(chat.channel, quiet_for=NEVER)):
            raise Rejected(reason, code=REFUSED)
        parts = parts_of(chat.channel, text=text, files=files, template=template, with_buttons=bool(buttons))
        appeal = take_up(chat, member)
        note_help(chat, appeal, member)
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
                buttons=() if number + 1 < len(parts) else buttons,
                wrote_at=wrote_at,
            )
            for number, (part, of) in enumerate(parts)
        ]
        _decide_drafts(chat, draft, text, member, vouched=vouched)
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
    with_buttons: bool = False,
) -> list[Piece]:
    """The messages that an answer goes as, in their order: files one by one, the words with the last."""
    if template is not None:
        return [(text, None)]
    last = files[-1] if files else None
    words = pieces(channel, text=text, file=last, with_buttons=with_buttons)
    parts = [*(("", file) for file in files[:-1]), *words]
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
    buttons: Sequence[str],
    wrote_at: datetime | None,
) -> Message:
    delivery = queue_delivery(
        channel=chat.channel,
        external_chat_id=chat.external_chat_id,
        external_user_id=chat.identity.external_user_id,
        text=text,
        file=file,
        template=template,
        buttons=buttons,
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


def quiet_for(conversation: Conversation) -> timedelta:
    """How long ago that was, for the gate."""
    return quiet_since(client_wrote_at(conversation))


def quiet_since(wrote_at: datetime | None) -> timedelta:
    return NEVER if wrote_at is None else since(wrote_at) or timedelta(0)


def sent_before(
    chat: Conversation, key: uuid.UUID, text: str, files: Sequence[OutgoingFile], buttons: Sequence[str]
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
    under = [button for message in sent if message.delivery for button in message.delivery.buttons]
    is_same = words == text.split() and went == [(file.name, file.size) for file in files]
    if not is_same or under != list(buttons):
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
    if fate in (DraftFate.ACCEPTED, DraftFate.VOUCHED, DraftFate.EDITED, DraftFate.AUTO):
        raise Rejected(_("A colleague has just sent this draft."), code="draft_sent")


def take_up(conversation: Conversation, member: Member | None) -> Appeal | None:
    """Who answers first has it. Call with the conversation locked."""
    appeal = conversation.appeals.filter(status__in=OPEN_STATUSES).first()
    if appeal is not None:
        note_answer(appeal=appeal, member=member, at=timezone.now())
    return appeal


def note_answer(*, appeal: Appeal, member: Member | None, at: datetime) -> None:
    """Call with the conversation locked."""
    claims = member is not None and appeal.operator_id is None and appeal.tenant.claims_on_reply
    moved = {"from": appeal.status, "to": AppealStatus.IN_PROGRESS.value}
    if claims:
        appeal.operator = member
    appeal.first_answer_at = appeal.first_answer_at or at
    if appeal.status == AppealStatus.NEW:
        appeal.status = AppealStatus.IN_PROGRESS
    appeal.save(update_fields=["operator", "first_answer_at", "status", "updated_at"])
    note = partial(note_event, conversation=appeal.conversation, appeal=appeal, member=member)
    if claims:
        note(EventKind.TAKEN, data={"by_answer": True})
    elif moved["from"] == AppealStatus.NEW:
        note(EventKind.STATUS, data=moved)


def _decide_drafts(
    conversation: Conversation, used: Draft | None, text: str, member: Member | None, *, vouched: bool
) -> None:
    waiting = Draft.objects.filter(appeal__conversation=conversation, fate=DraftFate.WAITING)
    if used is not None:
        fate = fate_of(used, text, vouched=vouched)
        waiting.filter(pk=used.pk).update(fate=fate, figures=used.figures, decided_by=member)
    waiting.update(fate=DraftFate.OUTDATED)

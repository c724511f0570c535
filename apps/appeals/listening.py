"""Voice messages become words of their message; the batch waits for them, but not for long."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.ai.asking import listener
from apps.ai.contract import Recording
from apps.ai.transcribing import transcribe
from apps.appeals import batching, people
from apps.appeals.models import Attachment, Batch, Message, Transcription
from apps.channels.contract import MediaKind
from apps.core.errors import Rejected, Transient
from apps.core.files.storing import stored
from apps.core.models import UNSETTLED, State
from apps.core.text import joined
from apps.core.work import Effect, find
from apps.core.work.trouble import replay

# How long after the window's end a batch waits for what was said in it.
PATIENCE = timedelta(seconds=60)
WORK = "appeals.Transcription"
NO_LISTENER = "no_listener"


def order(attachment: Attachment) -> None:
    """Have a voice message that has just been stored listened to, where anybody can.

    Not what was said long ago: nobody waits for its words, and listening is paid for.
    """
    is_wanted = attachment.kind == MediaKind.VOICE and not attachment.transcript
    if is_wanted and not attachment.message.is_history and listener(attachment.tenant):
        Transcription.objects.get_or_create(
            attachment=attachment, defaults={"tenant_id": attachment.tenant_id}
        )


def order_by_hand(attachment: Attachment) -> None:
    """A person wants the words of what came before anybody could listen, or was listened to in vain.

    Twice is once. Raises Rejected where still nobody can.
    """
    if listener(attachment.tenant) is None:
        raise Rejected(_("No AI that listens is connected."), code=NO_LISTENER)
    with transaction.atomic():
        row, is_new = Transcription.objects.get_or_create(
            attachment=attachment, defaults={"tenant_id": attachment.tenant_id}
        )
        if not is_new:
            replay([row], work=find(WORK))
        people.touch(attachment.message.conversation_id)


def listen(transcription: Transcription) -> Effect:
    """The work behind every transcription."""
    attachment = transcription.attachment
    connection = listener(transcription.tenant)
    if connection is None:
        raise Rejected(_("No AI that listens is connected."), code=NO_LISTENER)
    with stored(str(attachment.file.name)) as file:
        text = transcribe(
            tenant=transcription.tenant,
            connection=connection,
            recording=Recording(
                file=file, content_type=attachment.content_type, language=transcription.tenant.language
            ),
            heard=transcription.heard,
            keep=partial(_keep_heard, transcription),
        )
    return partial(_keep, transcription, text)


def _keep_heard(transcription: Transcription, heard: Sequence[str]) -> None:
    """While the row is still this worker's: otherwise another one is at it, and pays for the rest."""
    ours = Transcription.objects.filter(
        pk=transcription.pk, state=State.RUNNING, attempts=transcription.attempts
    )
    if not ours.update(heard=list(heard)):
        raise Transient(code="lost")


def _keep(transcription: Transcription, text: str) -> None:
    conversation = people.locked(transcription.attachment.message.conversation_id)
    attachment = Attachment.objects.select_related("message").get(pk=transcription.attachment_id)
    if not text:
        transcription.is_silent = True
        transcription.save(update_fields=["is_silent"])
    else:
        attachment.transcript = text
        attachment.save(update_fields=["transcript"])
        _merge(attachment.message, text)
    people.touch(conversation.pk)


def _merge(message: Message, text: str) -> None:
    """What was said stands beside what was written, for whoever reads, searches and answers."""
    message.text = joined(message.text, text)
    batch = message.batch
    if batch is not None and batch.state == State.DONE and message.appeal and message.appeal.is_open:
        # The batch went on without it: read as one of its own, at once unless the client still writes.
        message.batch = batching.open_batch(
            conversation=message.conversation,
            channel=message.conversation.channel,
            received_at=timezone.now(),
        )
        if not message.batch.messages.exists():
            batching.answer_now(batch=message.batch)
    message.save(update_fields=["text", "batch"])


def settled(transcription: Transcription) -> None:
    people.touch(transcription.attachment.message.conversation_id)


def awaited(batch: Batch) -> bool:
    """Whether what was said in this batch is still on its way into words, and worth waiting for."""
    if batch.is_hurried:
        return False
    under_way = Q(state__in=UNSETTLED) | Q(transcription__state__in=UNSETTLED)
    voices = Attachment.objects.filter(under_way, message__batch=batch, kind=MediaKind.VOICE, transcript="")
    # Most batches hold none: then this is the only question.
    return voices.exists() and timezone.now() <= _latest(batch) and listener(batch.tenant) is not None


def _latest(batch: Batch) -> datetime:
    window = timedelta(seconds=batch.conversation.channel.window_seconds)
    return batch.opened_at + window + PATIENCE

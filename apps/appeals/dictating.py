"""An operator speaks their answer: it is heard, made a letter, looked over, and sent by a person."""

import time
import uuid
from collections.abc import Sequence
from datetime import timedelta
from functools import partial

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.ai.asking import CapReached, Unusable, listener, ready
from apps.ai.contract import Recording
from apps.ai.dictation import Spoken, compose_reply
from apps.ai.transcribing import transcribe
from apps.appeals import answering, uploads
from apps.appeals.listening import NO_LISTENER
from apps.appeals.models import Appeal, Conversation, Dictation, DictationFate, Message, NoLetter
from apps.appeals.models.appeal import OPEN_STATUSES
from apps.appeals.people import locked, touch
from apps.appeals.proving import examine
from apps.appeals.vouching import refuse
from apps.channels.describing import described
from apps.core.errors import NotYet, Rejected, Transient
from apps.core.files.storing import forget, stored
from apps.core.models import TROUBLED, State
from apps.core.work import Effect, find
from apps.core.work.trouble import replay
from apps.tenants.models import Member

WORK = "appeals.Dictation"
MOST_SHOWN = 5
# Seconds of hearing after which the rest of the lease may be too short for asking.
LONG = 45.0


def order(
    *, conversation: Conversation, member: Member | None, upload: UploadedFile, key: uuid.UUID
) -> Dictation:
    """The same recording sent twice is one. Raises Rejected with the reason why it can't be taken."""
    known = Dictation.objects.filter(key=key, conversation=conversation).first()
    if known is not None:
        return known
    if listener(conversation.tenant) is None:
        raise Rejected(_("No AI that listens is connected."), code=NO_LISTENER)
    file = uploads.keep(described(upload, is_voice=True), upload, tenant_id=conversation.tenant_id)
    dictation, is_new = Dictation.objects.get_or_create(
        key=key,
        defaults={
            "tenant_id": conversation.tenant_id,
            "conversation": conversation,
            "member": member,
            "file": file.path,
            "content_type": file.content_type,
        },
    )
    if not is_new:
        forget(file.path)
    if dictation.conversation_id != conversation.pk:
        raise Rejected(code="key_taken")
    touch(conversation.pk)
    return dictation


def take_down(dictation: Dictation) -> Effect | None:
    """The work behind every dictation: to hear it, and to write it. What was heard is kept in between."""
    if dictation.fate:
        return None  # discarded before anybody came to it
    if not dictation.transcript:
        began = time.monotonic()
        text = _hear(dictation)
        if not text:
            return partial(_settle, dictation, no_letter=NoLetter.SILENCE)
        dictation.transcript = text
        _keep(dictation, transcript=text)
        touch(dictation.conversation_id)
        if time.monotonic() - began > LONG:
            raise NotYet(after=timedelta())  # the letter gets a lease of its own
    connection = ready(dictation.tenant)
    if connection is None:
        return partial(_settle, dictation, no_letter=NoLetter.NO_AI)
    try:
        text = compose_reply(tenant=dictation.tenant, connection=connection, spoken=_spoken(dictation))
    except Unusable:
        return partial(_settle, dictation, no_letter=NoLetter.UNUSABLE)
    except CapReached:
        return partial(_settle, dictation, no_letter=NoLetter.CAP)
    return partial(_settle, dictation, text=text)


def _hear(dictation: Dictation) -> str:
    connection = listener(dictation.tenant)
    if connection is None:
        raise Rejected(_("No AI that listens is connected."), code=NO_LISTENER)
    with stored(str(dictation.file.name)) as file:
        return transcribe(
            tenant=dictation.tenant,
            connection=connection,
            recording=Recording(
                file=file, content_type=dictation.content_type, language=dictation.tenant.language
            ),
            heard=dictation.heard,
            keep=lambda heard: _keep(dictation, heard=list(heard)),
        )


def _keep(dictation: Dictation, **values: str | Sequence[str]) -> None:
    """While the row is still this worker's: otherwise another one is at it, and pays for the rest."""
    ours = Dictation.objects.filter(pk=dictation.pk, state=State.RUNNING, attempts=dictation.attempts)
    if not ours.update(**values):
        raise Transient(code="lost")


def _spoken(dictation: Dictation) -> Spoken:
    appeal = current_appeal(dictation.conversation)
    found = appeal.devices.filter(removed_at=None).prefetch_related("repairs") if appeal else []
    devices = list(found)
    return Spoken(
        said=dictation.transcript,
        client_name=dictation.conversation.contact.name,
        devices=[str(device) for device in devices],
        problems=[
            str(repair) for device in devices for repair in device.repairs.all() if repair.removed_at is None
        ],
    )


def current_appeal(conversation: Conversation) -> Appeal | None:
    return conversation.appeals.filter(status__in=OPEN_STATUSES).first()


def _settle(dictation: Dictation, *, text: str = "", no_letter: NoLetter | str = "") -> None:
    dictation.text, dictation.no_letter = text, no_letter
    _examine(dictation)
    dictation.save(update_fields=["text", "no_letter", "figures"])
    touch(dictation.conversation_id)


def _examine(dictation: Dictation) -> None:
    conversation = dictation.conversation
    examine(
        dictation,
        conversation=conversation,
        appeal=current_appeal(conversation),
        dictated=dictation.transcript,
    )


def settled(dictation: Dictation) -> None:
    if dictation.state in TROUBLED:
        touch(dictation.conversation_id)


def undecided(conversation: Conversation) -> list[Dictation]:
    """What waits for an operator on the page, the oldest first."""
    rows = Dictation.objects.filter(conversation=conversation, fate="").select_related("member")
    return list(rows.order_by("id")[:MOST_SHOWN])


def look_again(*, dictation: Dictation) -> None:
    """A price was entered meanwhile, or the day has changed."""
    _examine(dictation)
    dictation.save(update_fields=["figures"])
    touch(dictation.conversation_id)


def send(*, dictation: Dictation, member: Member | None, seen: int | None) -> Message:
    """As it stands. Raises Rejected where a figure has no source, or the channel can't carry it."""
    with transaction.atomic():
        locked(dictation.conversation_id)
        dictation.refresh_from_db()
        if dictation.fate != DictationFate.SENT:
            _refuse_decided(dictation)
            _examine(dictation)
            refuse(dictation.unproven)
        message = answering.answer(
            conversation=dictation.conversation,
            member=member,
            text=dictation.text,
            key=dictation.key,
            seen=seen,
        )
        _decide(dictation, DictationFate.SENT)
        return message


def _refuse_decided(dictation: Dictation) -> None:
    if dictation.fate:
        raise Rejected(_("A colleague has just decided on this recording."), code="decided")
    if not dictation.text:
        raise Rejected(_("There is nothing to send yet."), code="no_letter")


def insert(*, dictation: Dictation) -> None:
    """It goes on as words in the operator's own answer."""
    _decide(dictation, DictationFate.INSERTED)


def discard(*, dictation: Dictation) -> None:
    """The recording goes with it: now, or with the sweep where the storage is away."""
    if _decide(dictation, DictationFate.DISCARDED) and (path := str(dictation.file.name or "")):
        transaction.on_commit(partial(forget, path))


def _decide(dictation: Dictation, fate: DictationFate) -> bool:
    """False where somebody was first."""
    decided = Dictation.objects.filter(pk=dictation.pk, fate="").update(fate=fate)
    touch(dictation.conversation_id)
    return bool(decided)


def again(*, dictation: Dictation) -> None:
    """A person wants it tried once more: after a failure, or for another wording."""
    if dictation.state in TROUBLED:
        replay([dictation], work=find(WORK))
    touch(dictation.conversation_id)

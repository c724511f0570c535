"""The AI reads a routed batch: devices and repairs with the words they rest on, and an order for a draft
reply.
"""

from dataclasses import asdict
from functools import partial

from apps.ai.asking import CapReached, ready
from apps.ai.contract import Ending
from apps.ai.extraction import Extraction, Unusable, extract
from apps.appeals import drafting
from apps.appeals.extracted import take_over
from apps.appeals.models import Appeal, Author, Batch, Message, Reading
from apps.appeals.notes import AINote, without_ai
from apps.appeals.people import locked, touch
from apps.core.errors import OutsideError
from apps.core.models import State
from apps.core.work import Effect

NOTE_OF = {
    Ending.REFUSED: AINote.REFUSED,
    Ending.TRUNCATED: AINote.TRUNCATED,
    Ending.NO_TOOL: AINote.NO_TOOL,
    Ending.INVALID: AINote.INVALID,
}


def have_read(appeal: Appeal, batch: Batch) -> None:
    """Order a reading of the batch, or say why there is none."""
    if ready(appeal.tenant) is None:
        note = without_ai(appeal.tenant)
    else:
        Reading.objects.create(
            tenant_id=appeal.tenant_id, appeal=appeal, batch=batch, lane=f"appeal:{appeal.pk}"
        )
        note = AINote.READING
    Appeal.objects.filter(pk=appeal.pk).update(ai_note=note)


def read(reading: Reading) -> Effect:
    """The work behind every reading. What the AI can't use goes to a person with a note; it is never an
    error.
    """
    messages = _words_of(reading)
    text = "\n".join(message.text for message in messages).strip()
    connection = ready(reading.tenant)
    if connection is None:
        return partial(_give_up, reading, without_ai(reading.tenant))
    if not text:
        return partial(_take_over, reading, messages, Extraction())
    try:
        extraction = extract(tenant=reading.tenant, connection=connection, text=text)
    except Unusable as error:
        return partial(_give_up, reading, NOTE_OF[error.ending], error.ending)
    except CapReached:
        return partial(_give_up, reading, AINote.CAP)
    except OutsideError:
        _show(reading.appeal, AINote.RETRYING)
        raise
    return partial(_take_over, reading, messages, extraction)


def _words_of(reading: Reading) -> list[Message]:
    messages = reading.batch.messages.filter(author=Author.CLIENT, deleted_at=None).exclude(text="")
    return list(messages)


def _take_over(reading: Reading, messages: list[Message], extraction: Extraction) -> None:
    conversation = locked(reading.appeal.conversation_id)
    take_over(appeal=reading.appeal, messages=messages, extraction=extraction)
    reading.ending, reading.said = Ending.COMPLETE, asdict(extraction)
    reading.save(update_fields=["ending", "said"])
    drafting.order(appeal=reading.appeal, conversation=conversation)
    _show(reading.appeal, AINote.SILENCED if drafting.is_silenced(reading.appeal) else "")


def _give_up(reading: Reading, note: AINote, ending: str = "") -> None:
    reading.ending = ending
    reading.save(update_fields=["ending"])
    _show(reading.appeal, note)


def settled(reading: Reading) -> None:
    """Called when the row has ended, whichever way."""
    if reading.state in (State.FAILED, State.UNKNOWN):
        _show(reading.appeal, AINote.FAILED)


def _show(appeal: Appeal, note: AINote | str) -> None:
    Appeal.objects.filter(pk=appeal.pk).update(ai_note=note)
    touch(appeal.conversation_id)

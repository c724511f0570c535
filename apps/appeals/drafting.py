"""A reply the AI proposes: written as durable work, thrown away when the client wrote meanwhile."""

from functools import partial

from django.db import transaction

from apps.ai.asking import CapReached, ready
from apps.ai.drafting import DraftFacts, draft_reply
from apps.ai.extraction import Unusable
from apps.appeals import autosending
from apps.appeals.batching import is_writing
from apps.appeals.models import Appeal, Author, Conversation, Draft, DraftFate, Message
from apps.appeals.people import locked, touch
from apps.appeals.prices.telling import price_facts
from apps.appeals.proving import examine
from apps.core.models import TROUBLED, UNSETTLED
from apps.core.work import Effect
from apps.tenants.models import Member

# How much of the conversation the AI sees.
REMEMBERED = 30
# What the AI wrote by itself is not an operator's word.
AUTHORS = {Author.CLIENT: "client", Author.AI: "assistant"}


def order(*, appeal: Appeal, conversation: Conversation) -> None:
    """A draft for what waits now. Call with the conversation locked.

    None where nobody waits any more, where the client still writes or more is being read (that reading will
    order one itself), and where there are no words to answer.
    """
    client = conversation.messages.filter(author=Author.CLIENT, deleted_at=None)
    newest = conversation.messages.filter(is_history=False).order_by("-pk").first()
    if conversation.waiting_since is None or newest is None or is_writing(conversation.pk):
        return
    if appeal.readings.filter(state__in=UNSETTLED).exists() or not client.exclude(text="").exists():
        return
    if is_silenced(appeal):
        return
    outdate(conversation)
    Draft.objects.create(tenant_id=appeal.tenant_id, appeal=appeal, answers=newest)


def is_silenced(appeal: Appeal) -> bool:
    """A colleague answers this client in the messenger's own app: two who answer are one too many."""
    return appeal.messages.filter(author=Author.OPERATOR, delivery=None, is_history=False).exists()


def write(draft: Draft) -> Effect:
    """The work behind every draft."""
    connection = ready(draft.tenant)
    if connection is None or is_outdated(draft):
        return partial(_settle, draft, "")
    try:
        text = draft_reply(tenant=draft.tenant, connection=connection, facts=_facts(draft))
    except (Unusable, CapReached):
        return partial(_settle, draft, "")
    return partial(_settle, draft, text)


def _settle(draft: Draft, text: str) -> None:
    # Whoever writes at this moment is waited for: a draft that waits beside newer words would mislead.
    conversation = locked(draft.appeal.conversation_id)
    draft.text = text
    if is_outdated(draft):
        draft.fate = DraftFate.OUTDATED
    elif not text:
        draft.fate = DraftFate.NONE
    else:
        _offer(draft, conversation)
    draft.save(update_fields=["text", "fate", "figures", "held_back"])
    touch(conversation.pk)


def _offer(draft: Draft, conversation: Conversation) -> None:
    """It waits for the operator, or goes by itself where that is wanted and nothing forbids it."""
    examine(draft, conversation=conversation, appeal=draft.appeal)
    draft.fate = DraftFate.WAITING
    if autosending.is_wanted(conversation):
        held_back = autosending.send(draft, conversation)
        draft.fate, draft.held_back = (DraftFate.WAITING, held_back) if held_back else (DraftFate.AUTO, "")


def look_again(*, draft: Draft) -> None:
    """The operator has entered a price, or the day has changed."""
    with transaction.atomic():
        conversation = locked(draft.appeal.conversation_id)
        draft.refresh_from_db(fields=["fate"])
        if draft.fate == DraftFate.WAITING:
            examine(draft, conversation=conversation, appeal=draft.appeal)
            draft.save(update_fields=["figures"])
            touch(conversation.pk)


def is_outdated(draft: Draft) -> bool:
    """Newer words are there, of the client or of ours, or older ones were changed and wait to be read.

    A campaign's words answer nothing.
    """
    conversation_id = draft.appeal.conversation_id
    newer = Message.objects.filter(conversation=conversation_id, is_history=False, pk__gt=draft.answers_id)
    newer = newer.exclude(author=Author.CAMPAIGN)
    return newer.exists() or is_writing(conversation_id)


def settled(draft: Draft) -> None:
    """One that could not be written is not waited for on the page."""
    if draft.state in TROUBLED:
        draft.fate = DraftFate.NONE
        draft.save(update_fields=["fate"])
        touch(draft.appeal.conversation_id)


def _facts(draft: Draft) -> DraftFacts:
    appeal = draft.appeal
    recent = appeal.conversation.messages.filter(deleted_at=None).exclude(text="").reverse()
    devices = appeal.devices.filter(removed_at=None).prefetch_related("repairs")
    return DraftFacts(
        client_name=appeal.contact.name,
        conversation=[
            (AUTHORS.get(Author(message.author), "operator"), message.text)
            for message in reversed(recent[:REMEMBERED])
        ],
        devices=[
            f"{device}: "
            + ", ".join(str(repair) for repair in device.repairs.all() if repair.removed_at is None)
            for device in devices
        ],
        prices=price_facts(appeal),
    )


def outdate(conversation: Conversation) -> None:
    """What waits for the operator answers yesterday's question."""
    Draft.objects.filter(appeal__conversation=conversation, fate=DraftFate.WAITING).update(
        fate=DraftFate.OUTDATED
    )


def discard(*, draft: Draft, member: Member | None) -> None:
    """It can be taken back as long as it would answer what the client wrote last."""
    Draft.objects.filter(pk=draft.pk, fate=DraftFate.WAITING).update(
        fate=DraftFate.DISCARDED, decided_by=member
    )
    touch(draft.appeal.conversation_id)


def take_back(*, draft: Draft) -> None:
    """A discarded one is offered again, with its figures examined anew. Nothing where it is outdated."""
    with transaction.atomic():
        conversation = locked(draft.appeal.conversation_id)
        draft.refresh_from_db(fields=["fate"])
        if draft.fate == DraftFate.DISCARDED and not is_outdated(draft):
            draft.fate, draft.decided_by = DraftFate.WAITING, None
            examine(draft, conversation=conversation, appeal=draft.appeal)
            draft.save(update_fields=["fate", "decided_by", "figures"])
        touch(conversation.pk)

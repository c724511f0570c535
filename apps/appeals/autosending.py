"""A draft that goes out without a person: where the organisation wants that, and nothing forbids it."""

import uuid

import structlog
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.appeals.answering import client_wrote_at, part_key
from apps.appeals.batching import is_writing
from apps.appeals.models import Author, AutoSending, Conversation, Draft, DraftFate, HeldBack, Message
from apps.channels.delivery import queue_delivery
from apps.channels.gate import pieces
from apps.channels.models import Delivery
from apps.core.errors import OutcomeUnknown, Rejected

log = structlog.get_logger(__name__)

# Of two machines that answer each other one must stop; and who asked so often wants a person.
MOST_IN_A_ROW = 3
OUTDATED = "outdated"


def is_wanted(conversation: Conversation) -> bool:
    """Whether drafts of this conversation may go by themselves at this moment."""
    setting = (
        AutoSending.objects.filter(channel=conversation.channel_id, is_on=True)
        .select_related("tenant")
        .first()
    )
    return setting is not None and setting.covers(timezone.now())


def send(draft: Draft, conversation: Conversation) -> HeldBack | None:
    """None once it is queued, else what spoke against it. Call with the conversation locked and the draft
    examined, inside the transaction that writes what becomes of the draft.

    The client waits on: it is no answer of a person's, and may promise one.
    """
    if draft.unproven:
        return HeldBack.UNPROVEN
    if _in_a_row(conversation) >= MOST_IN_A_ROW:
        return HeldBack.IN_A_ROW
    try:
        with transaction.atomic():
            _queue(draft, conversation)
    except Rejected as error:
        log.info("ai.not_sent", draft=draft.pk, code=error.code)
        return HeldBack.CHANNEL
    Conversation.objects.filter(pk=conversation.pk).update(last_message_at=timezone.now())
    log.info("ai.sent", draft=draft.pk, conversation=conversation.pk)
    return None


def _queue(draft: Draft, conversation: Conversation) -> None:
    """The key follows from the draft: whoever did this twice would have sent it once."""
    key = uuid.uuid5(uuid.NAMESPACE_OID, f"draft:{draft.pk}")
    wrote_at = client_wrote_at(conversation)
    for number, (part, _file) in enumerate(pieces(conversation.channel, text=draft.text, file=None)):
        delivery = queue_delivery(
            channel=conversation.channel,
            external_chat_id=conversation.external_chat_id,
            external_user_id=conversation.identity.external_user_id,
            text=part,
            key=part_key(key, number),
            by_human=False,
            client_wrote_at=wrote_at,
        )
        Message.objects.create(
            tenant_id=conversation.tenant_id,
            conversation=conversation,
            appeal=draft.appeal,
            delivery=delivery,
            author=Author.AI,
            text=part,
            sent_at=timezone.now(),
        )


def _in_a_row(conversation: Conversation) -> int:
    """Replies of the AI's since a person of ours wrote, the parts of one counted once."""
    last = conversation.messages.filter(author=Author.OPERATOR).order_by("-pk").first()
    sent = Draft.objects.filter(appeal__conversation=conversation, fate=DraftFate.AUTO)
    return sent.filter(answers__pk__gt=last.pk).count() if last else sent.count()


def refuse_outdated(delivery: Delivery) -> None:
    """It may have waited for its turn: by now others may have written. Raises Rejected.

    Not where an earlier try may have reached the client: what became of that one is to be learnt.
    """
    message = Message.objects.filter(delivery=delivery, author=Author.AI).first()
    if message is None or delivery.tries.filter(outcome__in=("", OutcomeUnknown.code)).exists():
        return
    people = Q(author=Author.CLIENT) | Q(author=Author.OPERATOR)
    newer = Message.objects.filter(people, conversation=message.conversation_id, is_history=False)
    if newer.filter(pk__gt=message.pk).exists() or is_writing(message.conversation_id):
        raise Rejected(_("Somebody wrote meanwhile: the AI's reply was not sent."), code=OUTDATED)

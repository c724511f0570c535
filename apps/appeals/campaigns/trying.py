"""A campaign's text sent to one conversation, to see how it looks there."""

import uuid
from dataclasses import replace

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.appeals.answering import part_key
from apps.appeals.campaigns.facts import facts_of
from apps.appeals.campaigns.handing import queue_piece
from apps.appeals.campaigns.judging import judge_in, with_last_words
from apps.appeals.models import Campaign, Conversation, Skip
from apps.appeals.people import locked
from apps.core.errors import Rejected


def try_out(*, campaign: Campaign, conversation: Conversation, key: uuid.UUID) -> None:
    """The same form sent twice is one message. Raises Rejected with the reason why it can't go there."""
    with transaction.atomic():
        locked(conversation.pk)
        chat = (
            with_last_words()
            .select_related("contact", "identity", "channel__connection")
            .get(pk=conversation.pk)
        )
        chat.contact.unsubscribed_at = None
        facts = replace(facts_of(campaign, [chat.contact]), talking=frozenset(), needs_consent=False)
        verdict = judge_in(campaign, chat.contact, chat, facts)
        if verdict.reason:
            raise Rejected(
                verdict.detail or _("It can't go there: %(why)s.") % {"why": Skip(verdict.reason).label},
                code=verdict.reason,
            )
        if chat.messages.filter(delivery__key=key).exists():
            return
        for number, (text, file) in enumerate(verdict.pieces):
            queue_piece(
                campaign=campaign,
                recipient=None,
                conversation=chat,
                text=text,
                file=file,
                template=verdict.template,
                key=part_key(key, number),
                wrote_at=verdict.wrote_at,
            )

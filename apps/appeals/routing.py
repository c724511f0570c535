"""A batch whose window has closed finds its appeal: the conversation's open one, one that ended a short while
ago, or a new one.
"""

from datetime import timedelta
from functools import partial
from typing import Any

from django.db.models import Subquery
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.appeals import listening
from apps.appeals.answering import note_answer
from apps.appeals.campaigns.replies import note_campaign
from apps.appeals.events import note_event
from apps.appeals.models import Actor, Appeal, AppealStatus, Author, Batch, Conversation, EventKind, Message
from apps.appeals.models.appeal import OPEN_STATUSES
from apps.appeals.people import locked, make_current, touch
from apps.appeals.reading import have_read
from apps.appeals.reopening import reopened
from apps.appeals.sla.clocks import note_status
from apps.core.errors import RateLimited
from apps.core.work import Effect


class StillListening(RateLimited):
    """A voice message is on its way into words: the batch looks again in a second."""

    code = "listening"
    public = _("A voice message is being listened to.")


def route(batch: Batch) -> Effect:
    """The work behind every batch. Reads nothing outside: whatever it decides, it decides under the lock."""
    if listening.awaited(batch):
        raise StillListening(after=timedelta(seconds=1))
    return partial(_route, batch)


def _route(batch: Batch) -> None:
    conversation = locked(batch.conversation_id)
    appeal = (
        _open_appeal(conversation)
        or reopened(conversation, wrote_at=batch.opened_at)
        or _new_appeal(conversation, batch)
    )
    Message.objects.filter(batch=batch).update(appeal=appeal)
    _take_up_answers(appeal, batch)
    batch.appeal, batch.closed_at = appeal, timezone.now()
    batch.save(update_fields=["appeal", "closed_at"])
    _take_up_origin(appeal, batch)
    note_campaign(appeal, batch)
    have_read(appeal, batch)


def settled(batch: Batch) -> None:
    """The page shows the appeal, or says that the words could not be sorted."""
    touch(batch.conversation_id)


def _take_up_answers(appeal: Appeal, batch: Batch) -> None:
    """Who answered while the window was still open has the appeal."""
    first = batch.messages.order_by("pk").values("pk")[:1]
    answers = Message.objects.filter(
        conversation=batch.conversation_id,
        author=Author.OPERATOR,
        appeal=None,
        is_history=False,
        pk__gt=Subquery(first),
    )
    for message in answers.select_related("operator").order_by("pk"):
        note_answer(appeal=appeal, member=message.operator, at=message.sent_at)
        message.appeal = appeal
        message.save(update_fields=["appeal"])


def _open_appeal(conversation: Conversation) -> Appeal | None:
    appeal = conversation.appeals.select_for_update().filter(status__in=OPEN_STATUSES).first()
    if appeal is not None and appeal.status == AppealStatus.WAITING:
        # The client we waited for has written.
        moved = {"from": appeal.status, "to": AppealStatus.IN_PROGRESS.value}
        note_event(EventKind.STATUS, conversation=conversation, appeal=appeal, actor=Actor.CLIENT, data=moved)
        appeal.status = AppealStatus.IN_PROGRESS
        appeal.save(update_fields=["status", "updated_at"])
        note_status(appeal, at=timezone.now())
    return appeal


def _new_appeal(conversation: Conversation, batch: Batch) -> Appeal:
    appeal = Appeal.objects.create(
        tenant_id=conversation.tenant_id,
        contact_id=conversation.contact_id,
        conversation=conversation,
        channel_id=conversation.channel_id,
        created_at=batch.opened_at,
        **_origin(batch),
    )
    make_current(appeal)
    note_status(appeal, at=appeal.created_at)
    note_event(EventKind.OPENED, conversation=conversation, appeal=appeal, actor=Actor.SYSTEM)
    return appeal


def _origin(batch: Batch) -> dict[str, Any]:
    return {name: getattr(batch, name) for name in ("prefilled_data", "ad_channel", "ad_id")}


def _take_up_origin(appeal: Appeal, batch: Batch) -> None:
    """What an earlier batch told stays."""
    told = _origin(batch)
    told["prefilled_data"] = told["prefilled_data"] | appeal.prefilled_data
    told |= {name: getattr(appeal, name) or told[name] for name in ("ad_channel", "ad_id")}
    learnt = [name for name, value in told.items() if value != getattr(appeal, name)]
    if learnt:
        for name in learnt:
            setattr(appeal, name, told[name])
        appeal.save(update_fields=[*learnt, "updated_at"])

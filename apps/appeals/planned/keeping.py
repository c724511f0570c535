"""An operator's answer goes at once, after the seconds of undoing, or at the time they chose."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.appeals.answering import (
    SENT_BEFORE,
    answer,
    client_wrote_at,
    parts_of,
    quiet_for,
    refuse_decided,
    sent_before,
)
from apps.appeals.colliding import refuse_collision
from apps.appeals.composed import Composed
from apps.appeals.models import Conversation, PlannedAnswer, PlannedFate, Upload
from apps.appeals.people import locked, touch
from apps.appeals.vouching import refuse_unproven
from apps.channels.delivery import REFUSED
from apps.channels.gate import open_until, refusal
from apps.channels.templates import stored
from apps.core.errors import Rejected
from apps.core.models import UNSETTLED
from apps.tenants.models import Member

CLOSED_THEN = "closed_then"
# Further ahead is a slip of the hand.
LATEST = timedelta(days=366)


def send(*, conversation: Conversation, member: Member | None, composed: Composed) -> None:
    """At once; or, where the organisation has it so, once it cannot be taken back any more.

    Raises `core.errors.Rejected` with the reason when this channel can't carry it now.
    """
    with transaction.atomic():
        chat = locked(conversation.pk)
        if _is_known(chat, composed):
            return
        _refuse_surprise(chat, member, composed)
        wait = chat.channel.undo_for
        if wait or _has_earlier(chat):
            _refuse(chat, composed)
            due_at = timezone.now() + wait
            _keep(chat, member, composed, PlannedAnswer(due_at=due_at, send_at=due_at, lane=_lane(chat)))
            return
        uploads = _take(composed)
        answer(
            conversation=chat,
            member=member,
            text=composed.text,
            key=composed.key,
            draft=composed.draft,
            seen=composed.seen,
            files=composed.files,
            template=composed.template,
            reply_to=composed.reply_to,
            **composed.extras,
        )
        uploads.update(used_at=timezone.now())


def schedule(
    *,
    conversation: Conversation,
    member: Member | None,
    composed: Composed,
    at: datetime,
    unless_client_writes: bool = True,
    although_closed: bool = False,
) -> None:
    """For later. Whether the channel can carry it is asked now and again then.

    Raises Rejected as `send` does; with CLOSED_THEN where the channel will be closed by that time and nobody
    has said `although_closed`.
    """
    if not timedelta() < at - timezone.now() < LATEST:
        raise Rejected(_("Choose a time that is still to come, within a year."), code="bad_time")
    with transaction.atomic():
        chat = locked(conversation.pk)
        if _is_known(chat, composed):
            return
        _refuse_surprise(chat, member, composed)
        _refuse(chat, composed)
        if not (although_closed or composed.template) and _is_closed_at(chat, at):
            raise Rejected(
                _(
                    "By then the window will have closed, and the service will not carry it. Choose an "
                    "earlier time, or press again."
                ),
                code=CLOSED_THEN,
            )
        plan = PlannedAnswer(
            due_at=at, send_at=at, is_scheduled=True, unless_client_writes=unless_client_writes
        )
        _keep(chat, member, composed, plan)


def _lane(chat: Conversation) -> str:
    """What waits only to be undone goes in the order in which it was written."""
    return f"planned:{chat.pk}"


def _has_earlier(chat: Conversation) -> bool:
    return PlannedAnswer.objects.filter(lane=_lane(chat), state__in=UNSETTLED).exists()


def _is_known(chat: Conversation, composed: Composed) -> bool:
    """The same form came before. Raises Rejected where it had other words, or was taken back since."""
    planned = PlannedAnswer.objects.filter(conversation=chat, key=composed.key).first()
    if planned is None:
        sent = sent_before(chat, composed.key, composed.words, composed.files, composed.buttons)
        return sent is not None
    if planned.fate in (PlannedFate.TAKEN_BACK, PlannedFate.CLIENT_WROTE):
        raise Rejected(_("This answer was taken back meanwhile. Press again to send it."), code=SENT_BEFORE)
    files = [(upload.name, upload.size) for upload in planned.uploads.all()]
    is_same = planned.text.split() == composed.words.split() and planned.buttons == list(composed.buttons)
    if not is_same or files != [(one.name, one.size) for one in composed.files]:
        first = _("The first version of your answer is on its way already. Press again to send this too.")
        raise Rejected(first, code=SENT_BEFORE)
    return True


def _refuse_surprise(chat: Conversation, member: Member | None, composed: Composed) -> None:
    """While the operator is there: what happens before a planned answer goes is another matter."""
    if composed.known is not None:
        refuse_collision(chat, member, composed.known)


def _refuse(chat: Conversation, composed: Composed) -> None:
    """What can't go now is told now, while the operator has it before their eyes."""
    refuse_decided(composed.draft, composed.words)
    refuse_unproven(chat, composed.draft, composed.words, vouched=bool(composed.extras.get("vouched")))
    same_draft = PlannedAnswer.objects.filter(draft=composed.draft, fate=PlannedFate.WAITING)
    if composed.draft is not None and same_draft.exists():
        raise Rejected(_("A colleague is just sending this draft."), code="draft_sent")
    parts = parts_of(
        chat.channel,
        text=composed.words,
        files=composed.files,
        template=composed.template,
        with_buttons=bool(composed.buttons),
    )
    quiet = quiet_for(chat)
    for number, (text, file) in enumerate(parts, start=1):
        reason = refusal(
            chat.channel,
            text=text,
            file=file,
            template=composed.template,
            buttons=composed.buttons if number == len(parts) else (),
            quiet_for=quiet,
        )
        if reason:
            raise Rejected(reason, code=REFUSED)


def _is_closed_at(chat: Conversation, at: datetime) -> bool:
    until = open_until(chat.channel, client_wrote_at=client_wrote_at(chat))
    return until is not None and until <= at


def _take(composed: Composed) -> QuerySet[Upload]:
    """The files, held until the transaction ends. One that went already, or was thrown away, is not there."""
    wanted = [upload.pk for upload in composed.uploads]
    free = Upload.objects.filter(pk__in=wanted, planned=None, used_at=None)
    if len(free.select_for_update()) != len(wanted):
        raise Rejected(_("A file of this answer is not here any more. Attach it again."), code="file_gone")
    return Upload.objects.filter(pk__in=wanted)


def _keep(chat: Conversation, member: Member | None, composed: Composed, plan: PlannedAnswer) -> None:
    plan.tenant_id, plan.conversation, plan.member = chat.tenant_id, chat, member
    plan.key, plan.text, plan.draft, plan.seen = composed.key, composed.words, composed.draft, composed.seen
    plan.template = stored(composed.template) if composed.template else {}
    plan.reply_to = chat.messages.filter(pk=composed.reply_to).first() if composed.reply_to else None
    plan.extras = dict(composed.extras)
    plan.save(force_insert=True)
    _take(composed)
    for position, upload in enumerate(composed.uploads):
        Upload.objects.filter(pk=upload.pk).update(planned=plan, position=position)
    touch(chat.pk)

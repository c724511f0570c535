"""The time of a planned answer has come: it goes, unless somebody decided otherwise before."""

from functools import partial

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from apps.appeals.answering import answer
from apps.appeals.models import Draft, DraftFate, PlannedAnswer, PlannedFate
from apps.appeals.people import locked, touch
from apps.channels.approving import is_approved, known_now
from apps.channels.contract import FilledTemplate
from apps.channels.templates import restored
from apps.core.errors import Rejected
from apps.core.models import TROUBLED

# What was refused once may be tried again, by a person's wish.
MAY_GO = (PlannedFate.WAITING, PlannedFate.REFUSED)


def go(row: PlannedAnswer) -> None:
    """The work behind every planned answer: it and its fate are written in one transaction, so that a worker
    killed here leaves both or neither.
    """
    try:
        # A reason is kept as it is said, with its numbers: for people of this organisation to read.
        with translation.override(row.tenant.language), transaction.atomic():
            locked(row.conversation_id)
            # As it is now: whoever decided about it held the conversation.
            planned = PlannedAnswer.objects.select_related("conversation", "member", "draft").get(pk=row.pk)
            if planned.fate in MAY_GO:
                _send(planned)
    except Rejected:
        _refused(row)
        raise


def _send(planned: PlannedAnswer) -> None:
    answer(
        conversation=planned.conversation,
        member=planned.member,
        text="" if planned.template else planned.text,
        key=planned.key,
        draft=_still_waiting(planned.draft),
        seen=planned.seen,
        files=[upload.file for upload in planned.uploads.all()],
        template=_still_approved(planned) if planned.template else None,
        reply_to=planned.reply_to_id,
        **planned.extras,
    )
    now = timezone.now()
    planned.uploads.update(used_at=now)
    PlannedAnswer.objects.filter(pk=planned.pk).update(fate=PlannedFate.SENT, decided_at=now)


def _still_waiting(draft: Draft | None) -> Draft | None:
    """One that became outdated since does not stop an answer that was decided on before."""
    return draft if draft is not None and draft.fate == DraftFate.WAITING else None


def _still_approved(planned: PlannedAnswer) -> FilledTemplate:
    """It was when it was chosen. Raises Rejected where its service has withdrawn or changed it since."""
    filled = restored(planned.template)
    now = known_now(planned.conversation.channel, filled.template)
    if not is_approved(now, filled.template):
        raise Rejected(
            _(
                "The service has withdrawn or changed this template since it was planned. Nothing was sent: "
                "choose another."
            ),
            code="template_gone",
        )
    return filled


def _refused(row: PlannedAnswer) -> None:
    with transaction.atomic():
        locked(row.conversation_id)
        PlannedAnswer.objects.filter(pk=row.pk, fate__in=MAY_GO).update(fate=PlannedFate.REFUSED)
        touch(row.conversation_id)


def settled(row: PlannedAnswer) -> None:
    """Its reason is written only now. The page is told after that: the row's lock is held here, and whoever
    holds the conversation may be waiting for it.
    """
    if row.state in TROUBLED:
        transaction.on_commit(partial(touch, row.conversation_id))

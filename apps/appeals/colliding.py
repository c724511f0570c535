"""Two at one conversation: what has happened there since the page of who presses «send» was told.

The server alone knows: the page says what it has shown, and is stopped once for what it has not.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.appeals.events import note_event
from apps.appeals.models import Appeal, Author, Conversation, EventKind, Message
from apps.appeals.models.appeal import OPEN_STATUSES
from apps.core.errors import Rejected
from apps.tenants.models import Member

# So many of the words that came meanwhile are shown with the warning.
SHOWN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """`newest` is the newest message that was shown, in the feed or by a warning (None: nobody knows, and
    nothing is asked); `keeper` the colleague whose appeal it was said to be, and is answered all the same.
    """

    newest: int | None = None
    keeper: int | None = None


class Collision(Rejected):
    """Nothing was sent: `newer` came meanwhile (the newest so many of them), or `keeper` leads the appeal."""

    def __init__(self, *, keeper: Member | None, newer: Sequence[Message]) -> None:
        self.keeper, self.newer = keeper, newer
        leads = _("%(name)s leads this appeal.") % {"name": keeper.name if keeper else ""}
        super().__init__(
            _("While you were writing, a new message came.") if newer else leads, code="collision"
        )


def refuse_collision(conversation: Conversation, member: Member | None, known: Known) -> None:
    """Raises Collision. Call with the conversation locked, or as a first look before it is."""
    keeper = _keeper(conversation)
    is_told = keeper is None or keeper == member or keeper.pk == known.keeper
    newer = _newer(conversation, member, known.newest)
    if newer or not is_told:
        raise Collision(keeper=None if is_told else keeper, newer=newer)


def _keeper(conversation: Conversation) -> Member | None:
    appeals = conversation.appeals.filter(status__in=OPEN_STATUSES).select_related("operator")
    appeal = appeals.first()
    return appeal.operator if appeal else None


def _newer(conversation: Conversation, member: Member | None, newest: int | None) -> list[Message]:
    """Oldest first. One's own words, from another page, are no surprise."""
    if newest is None:
        return []
    theirs = Q(author=Author.CLIENT)
    of_colleagues = Q(author=Author.OPERATOR) & (Q(operator=None) | ~Q(operator=member))
    messages = conversation.messages.filter(
        theirs | of_colleagues, pk__gt=newest, deleted_at=None, is_history=False
    )
    return list(messages.select_related("operator").order_by("-pk")[:SHOWN])[::-1]


def note_help(conversation: Conversation, appeal: Appeal | None, member: Member | None) -> None:
    """Somebody answers in a colleague's appeal: said once for each time that it changes hands. Call with the
    conversation locked.
    """
    if appeal is None or appeal.operator is None or appeal.operator == member:
        return
    hands = appeal.events.filter(kind__in=(EventKind.TAKEN, EventKind.HANDED, EventKind.GIVEN_BACK))
    last = hands.order_by("-pk").values_list("pk", flat=True).first()
    helped = appeal.events.filter(kind=EventKind.HELPED, member=member, pk__gt=last or 0)
    if not helped.exists():
        note_event(
            EventKind.HELPED,
            conversation=conversation,
            appeal=appeal,
            member=member,
            data={"keeper": appeal.operator.name},
        )

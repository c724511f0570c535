"""Which colleagues look at a conversation at this moment, and who of them writes an answer.

Told by the looks that their pages take anyway: mostly one read each, and a write now and then. A page that is
closed says so; one that can't (the lid was shut, the network is gone) is believed for a while.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.appeals.models import Conversation, Looking
from apps.tenants.models import Member

# How long a sign of presence lasts, and of writing; and how often each is written at most.
LASTS = timedelta(seconds=45)
WRITING = timedelta(seconds=6)
EVERY = timedelta(seconds=15)
WRITING_EVERY = timedelta(seconds=2)
KEPT = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Others:
    """Who else is here: those who write, and those who look only."""

    writing: tuple[str, ...] = ()
    looking: tuple[str, ...] = ()
    # Of two pages that were told the same it is the same.
    token: str = ""

    @property
    def text(self) -> str:
        said = []
        if self.writing:
            names = get_text_list(list(self.writing), _("and"))
            said.append(
                ngettext(
                    "%(names)s is writing an answer…", "%(names)s are writing an answer…", len(self.writing)
                )
                % {"names": names}
            )
        if self.looking:
            names = get_text_list(list(self.looking), _("and"))
            said.append(
                ngettext("%(names)s is looking", "%(names)s are looking", len(self.looking))
                % {"names": names}
            )
        return " · ".join(said)


def attend(*, conversation: Conversation, member: Member | None, looks: bool, writes: bool = False) -> Others:
    """Notes that this member is here, where they are, and tells who else is."""
    now = timezone.now()
    here = list(
        Looking.objects.filter(conversation=conversation, looked_at__gt=now - LASTS, left_at=None)
        .select_related("member")
        .order_by("member__name", "pk")
    )
    if member is not None and looks:
        own = next((one for one in here if one.member_id == member.pk), None)
        _note(conversation, member, own, writes=writes)
    return _others([one for one in here if member is None or one.member_id != member.pk])


def _note(conversation: Conversation, member: Member, own: Looking | None, *, writes: bool) -> None:
    now = timezone.now()
    is_known = own is not None and own.looked_at > now - EVERY
    is_told = own is not None and own.writes_at is not None and own.writes_at > now - WRITING_EVERY
    if is_known and (is_told or not writes):
        return
    values = {"looked_at": now, "left_at": None} | ({"writes_at": now} if writes else {})
    Looking.objects.bulk_create(
        [Looking(tenant_id=conversation.tenant_id, conversation=conversation, member=member, **values)],
        update_conflicts=True,
        unique_fields=["conversation", "member"],
        update_fields=list(values),
    )


def _others(rows: Sequence[Looking]) -> Others:
    now = timezone.now()
    writing = [one for one in rows if one.writes_at is not None and one.writes_at > now - WRITING]
    looking = [one for one in rows if one not in writing]
    token = ",".join([f"w{one.member_id}" for one in writing] + [str(one.member_id) for one in looking])
    return Others(
        writing=tuple(one.member.name for one in writing),
        looking=tuple(one.member.name for one in looking),
        token=token,
    )


def answered(*, conversation: Conversation, member: Member | None) -> None:
    """What they wrote is sent: they write no more."""
    Looking.objects.filter(conversation=conversation, member=member).update(writes_at=None)


def leave(*, conversation: Conversation, member: Member | None) -> None:
    """Of several pages of theirs the others are told, and note with their next look that they are here."""
    own = Looking.objects.filter(conversation=conversation, member=member, left_at=None)
    own.update(left_at=timezone.now(), writes_at=None)


def sweep() -> None:
    Looking.objects.filter(looked_at__lt=timezone.now() - KEPT).delete()

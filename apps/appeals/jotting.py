"""Notes of colleagues to each other. They stay in the feed: nothing here knows how to send."""

import re
import uuid
from collections.abc import Iterable

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.appeals.models import Conversation, Mention, Note
from apps.appeals.models.appeal import OPEN_STATUSES
from apps.appeals.people import locked, touch
from apps.core.errors import Rejected
from apps.tenants.models import Member

MOST = 10_000


def write_note(*, conversation: Conversation, member: Member, text: str, key: uuid.UUID) -> Note:
    """`key` comes from the form: the same form sent twice is one note. Raises Rejected for no words, or too
    many.
    """
    text = _checked(text)
    with transaction.atomic():
        chat = locked(conversation.pk)
        if (known := chat.notes.filter(key=key).first()) is not None:
            return known
        note = Note.objects.create(
            tenant_id=chat.tenant_id,
            conversation=chat,
            appeal=chat.appeals.filter(status__in=OPEN_STATUSES).first(),
            member=member,
            key=key,
            text=text,
        )
        _mention(note)
        touch(chat.pk)
        return note


def edit_note(*, note: Note, member: Member, text: str) -> None:
    """Who was named already is not told again. Raises Rejected for a colleague's."""
    text = _checked(text)
    with transaction.atomic():
        locked(note.conversation_id)
        note.refresh_from_db()
        _refuse_others(note, member)
        if note.text == text:
            return
        now = timezone.now()
        note.earlier = [*note.earlier, {"text": note.text, "until": now.isoformat()}]
        note.text, note.edited_at = text, now
        note.save(update_fields=["text", "earlier", "edited_at"])
        _mention(note)
        touch(note.conversation_id)


def delete_note(*, note: Note, member: Member) -> None:
    """That there was one stays to be seen. Pressed twice is as good as once."""
    with transaction.atomic():
        locked(note.conversation_id)
        note.refresh_from_db()
        if note.deleted_at is not None:
            return
        _refuse_others(note, member)
        note.deleted_at = timezone.now()
        note.save(update_fields=["deleted_at"])
        note.mentions.all().delete()
        touch(note.conversation_id)


def _checked(text: str) -> str:
    text = text.strip()
    if not text:
        raise Rejected(_("Write the note first."), code="empty")
    if len(text) > MOST:
        raise Rejected(_("The note is too long: 10 000 characters are the most."), code="too_long")
    return text


def _refuse_others(note: Note, member: Member) -> None:
    if note.member_id != member.pk:
        raise Rejected(_("Only who wrote a note changes it."), code="not_yours")
    if note.deleted_at is not None:
        raise Rejected(_("This note has been deleted already."), code="deleted")


def _mention(note: Note) -> None:
    named = mentioned(note.text, Member.objects.filter(tenant=note.tenant_id))
    wanted = {member.pk for member in named if member.pk != note.member_id}
    note.mentions.exclude(member__in=wanted).delete()
    Mention.objects.bulk_create(
        [Mention(tenant_id=note.tenant_id, note=note, member_id=pk) for pk in wanted], ignore_conflicts=True
    )


def mentioned(text: str, team: Iterable[Member]) -> list[Member]:
    """Who is named as «@Name» in it; of «@Anna Petrova» not Anna, where both are there; of two Annas both."""
    names = sorted({member.name for member in team if member.name}, key=len, reverse=True)
    if not names:
        return []
    either = "|".join(re.escape(name) for name in names)
    found = {name.casefold() for name in re.findall(rf"(?<!\w)@({either})(?!\w)", text, re.IGNORECASE)}
    return [member for member in team if member.name.casefold() in found]


def unseen(member: Member) -> QuerySet[Mention]:
    """Where they were named and have not looked since."""
    return Mention.objects.filter(tenant=member.tenant_id, member=member, seen_at=None)


def is_mentioned(member: Member | None) -> Exists:
    """For a queryset of conversations: this member was named there and has not looked since."""
    mine = Mention.objects.filter(member=member, seen_at=None)
    return Exists(mine.filter(note__conversation=OuterRef("pk")))


def looked(*, conversation: Conversation, member: Member) -> None:
    """It is before the eyes of who was named."""
    mine = Mention.objects.filter(member=member, seen_at=None, note__conversation=conversation)
    if mine.update(seen_at=timezone.now()):
        touch(conversation.pk)

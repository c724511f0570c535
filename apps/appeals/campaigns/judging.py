"""Who may be written to by a campaign, where, with which words; or why not."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from apps.appeals.answering import MOST_PARTS
from apps.appeals.campaigns.wording import Filled, fill, first_name
from apps.appeals.models import Appeal, Author, Campaign, Contact, Conversation, Device, Message, Skip
from apps.appeals.models.appeal import OPEN_STATUSES
from apps.channels.contract import MediaKind, OutgoingFile
from apps.channels.delivery import since
from apps.channels.gate import Piece, closed, pieces, refusal

CHUNK = 2000
# An appeal in which anything was said within this time is being talked about.
TALK = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """`reason` is empty where the client may be written to; `detail` says more in the reader's language."""

    contact: Contact
    conversation: Conversation | None = None
    wrote_at: datetime | None = None
    pieces: tuple[Piece, ...] = ()
    text: str = ""
    reason: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is asked once for many clients."""

    devices: dict[int, str]
    talking: frozenset[int]


def judge_all(campaign: Campaign, contacts: QuerySet[Contact]) -> Iterator[Verdict]:
    """In the order of the contacts; a handful of queries for each 2000 of them."""
    ids = list(contacts.values_list("pk", flat=True))
    channels = list(campaign.channels.values_list("pk", flat=True))
    for start in range(0, len(ids), CHUNK):
        rows = list(contacts.filter(pk__in=ids[start : start + CHUNK]))
        conversations = _conversations([row.pk for row in rows])
        facts = facts_of(campaign, [row.pk for row in rows])
        for row in rows:
            theirs = conversations.get(row.pk, [])
            wanted = [one for one in theirs if one.channel_id in channels] if channels else theirs[:1]
            yield _judge(campaign, row, wanted, facts)


def facts_of(campaign: Campaign, contacts: Sequence[int]) -> Facts:
    return Facts(
        devices=_devices(contacts) if "{" in campaign.text else {},
        talking=_talking(contacts) if campaign.skip_talking else frozenset(),
    )


def with_last_words() -> QuerySet[Any]:
    """Conversations with `wrote_at`, when the client last wrote there."""
    words = Message.objects.filter(conversation=OuterRef("pk"), author=Author.CLIENT).order_by("-sent_at")
    rows = Conversation.objects.select_related("identity", "channel__connection")
    return rows.annotate(wrote_at=Subquery(words.values("sent_at")[:1]))


def judge_in(campaign: Campaign, contact: Contact, conversation: Any, facts: Facts) -> Verdict:
    """In one conversation of theirs."""
    silent = Verdict(contact=contact, conversation=conversation, wrote_at=conversation.wrote_at)
    words = fill(campaign.text, _values(campaign, contact, facts))
    reason = _of_the_client(contact, conversation, facts) or _of_the_channel(conversation)
    if reason or words.missing:
        return _with(silent, words, reason or Skip.NO_VALUE, "" if reason else ", ".join(words.missing))
    parts = pieces(conversation.channel, text=words.text.strip(), file=file_of(campaign))
    refused = _refusal(conversation, parts)
    if refused is None and len(parts) <= MOST_PARTS:
        return Verdict(
            contact=contact,
            conversation=conversation,
            wrote_at=conversation.wrote_at,
            pieces=tuple(parts),
            text=words.text,
        )
    return _with(silent, words, Skip.NOT_CARRIED, refused or "")


def file_of(campaign: Campaign) -> OutgoingFile | None:
    values = campaign.file
    return OutgoingFile(**{**values, "kind": MediaKind(values["kind"])}) if values else None


def _conversations(contacts: Sequence[int]) -> dict[int, list[Any]]:
    """Of each client, where they wrote last first."""
    found: dict[int, list[Any]] = defaultdict(list)
    rows = with_last_words().filter(contact__in=contacts)
    for one in rows.order_by(F("wrote_at").desc(nulls_last=True), "-last_message_at", "-pk"):
        found[one.contact_id].append(one)
    return found


def _judge(campaign: Campaign, contact: Contact, wanted: Sequence[Any], facts: Facts) -> Verdict:
    """Without chosen channels `wanted` is where they wrote last; else the first that carries it is taken."""
    if contact.unsubscribed_at is not None:
        return Verdict(contact=contact, reason=Skip.UNSUBSCRIBED)
    if not wanted:
        return Verdict(contact=contact, reason=Skip.NO_CONVERSATION)
    verdicts = [judge_in(campaign, contact, one, facts) for one in wanted]
    return next((verdict for verdict in verdicts if not verdict.reason), verdicts[0])


def _with(verdict: Verdict, words: Filled, reason: str, detail: str) -> Verdict:
    return Verdict(
        contact=verdict.contact,
        conversation=verdict.conversation,
        wrote_at=verdict.wrote_at,
        text=words.text,
        reason=reason,
        detail=detail,
    )


def _of_the_client(contact: Contact, conversation: Any, facts: Facts) -> str:
    if contact.unsubscribed_at is not None:
        return Skip.UNSUBSCRIBED
    if conversation.wrote_at is None:
        return Skip.NEVER_WROTE
    if not conversation.identity.is_reachable:
        return Skip.BLOCKED
    return Skip.TALKING if contact.pk in facts.talking else ""


def _of_the_channel(conversation: Any) -> str:
    """A machine may write less long than a person."""
    if closed(conversation.channel, by_human=False):
        return Skip.CHANNEL_OFF
    quiet = since(conversation.wrote_at)
    return Skip.WINDOW if closed(conversation.channel, quiet_for=quiet, by_human=False) else ""


def _refusal(conversation: Any, parts: Sequence[Piece]) -> str | None:
    quiet = since(conversation.wrote_at)
    asked = (
        refusal(conversation.channel, text=text, file=file, quiet_for=quiet, by_human=False)
        for text, file in parts
    )
    return next((reason for reason in asked if reason), None)


def _values(campaign: Campaign, contact: Contact, facts: Facts) -> dict[str, str]:
    return {
        "name": first_name(contact.name),
        "device": facts.devices.get(contact.pk, ""),
        "company": campaign.tenant.name,
    }


def _devices(contacts: Sequence[int]) -> dict[int, str]:
    """The one they brought last."""
    rows = Device.objects.filter(appeal__contact__in=contacts, removed_at=None).exclude(model="")
    newest = rows.order_by("appeal__contact_id", "-id").distinct("appeal__contact_id")
    return {device.appeal.contact_id: str(device) for device in newest.select_related("appeal")}


def _talking(contacts: Sequence[int]) -> frozenset[int]:
    still_open = Appeal.objects.filter(conversation=OuterRef("pk"), status__in=OPEN_STATUSES)
    lively = Q(waiting_since__isnull=False) | Q(
        Exists(still_open), last_message_at__gte=timezone.now() - TALK
    )
    rows = Conversation.objects.filter(lively, contact__in=contacts)
    return frozenset(rows.values_list("contact", flat=True))

"""Who may be written to by a campaign, where, with which words; or why not."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import F, OuterRef, QuerySet, Subquery

from apps.appeals import consent
from apps.appeals.answering import MOST_PARTS
from apps.appeals.campaigns.facts import Facts, facts_of
from apps.appeals.campaigns.templating import Standing, standing_of
from apps.appeals.campaigns.wording import fill, first_name
from apps.appeals.models import Author, Campaign, Contact, Conversation, Message, Skip
from apps.channels.contract import FilledTemplate, MediaKind, OutgoingFile, Sender
from apps.channels.delivery import since
from apps.channels.gate import Piece, closed, off, pieces, refusal
from apps.channels.models import Channel
from apps.channels.starting import client_at
from apps.channels.templates import reads

CHUNK = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """`reason` is empty where the client may be written to; `detail` says more in the reader's language.

    Without a conversation one is begun with the `sender`. A `template` is all that goes.
    """

    contact: Contact
    channel: Channel | None = None
    conversation: Conversation | None = None
    sender: Sender | None = None
    wrote_at: datetime | None = None
    pieces: tuple[Piece, ...] = ()
    template: FilledTemplate | None = None
    text: str = ""
    reason: str = ""
    detail: str = ""


def judge_all(campaign: Campaign, contacts: Sequence[int]) -> Iterator[Verdict]:
    """In the order of these ids; a handful of queries for each 2000 of them, and no more in memory."""
    rows = Channel.objects.filter(tenant=campaign.tenant_id).select_related("connection")
    channels = {channel.pk: channel for channel in rows}
    wanted = frozenset(campaign.channels.values_list("pk", flat=True))
    standing = standing_of(campaign)
    taken: set[str] = set()
    for start in range(0, len(contacts), CHUNK):
        people = list(Contact.objects.filter(pk__in=contacts[start : start + CHUNK]).order_by("pk"))
        conversations = _conversations([one.pk for one in people], channels)
        facts = facts_of(campaign, people, standing=standing)
        for one in people:
            theirs = conversations.get(one.pk, [])
            places = [place for place in theirs if place.channel_id in wanted] if wanted else theirs[:1]
            verdict = _judge(campaign, one, places, facts)
            yield _once(verdict, taken)


def with_last_words() -> QuerySet[Any]:
    """Conversations with `wrote_at`, when the client last wrote there, and whether they are `reachable`."""
    words = Message.objects.filter(conversation=OuterRef("pk"), author=Author.CLIENT).order_by("-sent_at")
    return Conversation.objects.annotate(
        wrote_at=Subquery(words.values("sent_at")[:1]), reachable=F("identity__is_reachable")
    )


def judge_in(campaign: Campaign, contact: Contact, conversation: Any, facts: Facts) -> Verdict:
    """In one conversation of theirs."""
    found = Verdict(
        contact=contact,
        channel=conversation.channel,
        conversation=conversation,
        wrote_at=conversation.wrote_at,
    )
    reason = _of_the_client(contact, facts)
    if not reason and not conversation.reachable:
        reason = Skip.BLOCKED
    return replace(found, reason=reason) if reason else _worded(campaign, found, facts)


def judge_first(campaign: Campaign, contact: Contact, facts: Facts) -> Verdict:
    """Where they have never written: by their phone, in the channel of the template."""
    assert facts.standing is not None  # noqa: S101 - only with a template that begins
    channel = facts.standing.channel
    sender = client_at(channel, contact.phone)
    found = Verdict(contact=contact, channel=channel, sender=sender)
    reason = _of_the_client(contact, facts)
    if not reason and sender is None:
        reason = Skip.NO_PHONE
    if not reason and sender and facts.owners.get(sender.external_user_id) != contact.pk:
        reason = Skip.OTHER_CLIENT
    return replace(found, reason=reason) if reason else _worded(campaign, found, facts)


def file_of(campaign: Campaign) -> OutgoingFile | None:
    values = campaign.file
    return OutgoingFile(**{**values, "kind": MediaKind(values["kind"])}) if values else None


def _conversations(contacts: Sequence[int], channels: Mapping[int, Channel]) -> dict[int, list[Any]]:
    """Of each client, where they wrote last first."""
    found: dict[int, list[Any]] = defaultdict(list)
    rows = with_last_words().filter(contact__in=contacts, channel__in=channels)
    for one in rows.order_by(F("wrote_at").desc(nulls_last=True), "-last_message_at", "-pk"):
        one.channel = channels[one.channel_id]
        found[one.contact_id].append(one)
    return found


def _judge(campaign: Campaign, contact: Contact, places: Sequence[Any], facts: Facts) -> Verdict:
    """Without chosen channels `places` is where they wrote last; else the first that carries it is taken."""
    if reason := _of_consent(contact, facts):
        return Verdict(contact=contact, reason=reason)
    if not places:
        if facts.is_beginning:
            return judge_first(campaign, contact, facts)
        return Verdict(contact=contact, reason=Skip.NO_CONVERSATION)
    verdicts = [judge_in(campaign, contact, one, facts) for one in places]
    return next((verdict for verdict in verdicts if not verdict.reason), verdicts[0])


def _once(verdict: Verdict, taken: set[str]) -> Verdict:
    """Two clients with one phone are begun with once."""
    if verdict.sender is None or verdict.reason:
        return verdict
    if verdict.sender.external_user_id in taken:
        return replace(verdict, reason=Skip.OTHER_CLIENT)
    taken.add(verdict.sender.external_user_id)
    return verdict


def _of_consent(contact: Contact, facts: Facts) -> str:
    if contact.merged_into_id is not None:
        return Skip.MERGED  # between the choice and the list; the other is in it
    if contact.unsubscribed_at is not None:
        return Skip.UNSUBSCRIBED
    return Skip.NO_CONSENT if facts.needs_consent and not consent.is_in_force(contact) else ""


def _of_the_client(contact: Contact, facts: Facts) -> str:
    return _of_consent(contact, facts) or (Skip.TALKING if contact.pk in facts.talking else "")


def _of_the_channel(found: Verdict, facts: Facts) -> tuple[Standing | None, str]:
    """Which of the two goes there, the template or the own text; or why neither. A machine may write less
    long than a person.
    """
    channel, standing = found.channel, facts.standing
    assert channel is not None  # noqa: S101 - asked of a place
    if off(channel):
        return None, Skip.CHANNEL_OFF
    quiet = since(found.wrote_at)
    is_open = quiet is not None and not closed(channel, quiet_for=quiet, by_human=False)
    if standing and standing.channel.pk == channel.pk and (standing.carried.always or not is_open):
        return standing, "" if standing.is_approved else Skip.TEMPLATE_GONE
    if is_open:
        return None, ""
    return None, Skip.WINDOW if found.wrote_at else Skip.NEVER_WROTE


def _worded(campaign: Campaign, found: Verdict, facts: Facts) -> Verdict:
    standing, reason = _of_the_channel(found, facts)
    if reason:
        return replace(found, reason=reason)
    values = _values(campaign, found.contact, facts)
    return _by_template(standing, found, values) if standing else _by_text(campaign, found, values)


def _by_template(standing: Standing, found: Verdict, values: Mapping[str, str]) -> Verdict:
    filled, missing = standing.filled(values)
    found = replace(found, text=reads(filled), template=filled)
    if missing:
        return replace(found, reason=Skip.NO_VALUE, detail=", ".join(missing))
    if refused := refusal(standing.channel, text=found.text, template=filled, by_human=False):
        return replace(found, reason=Skip.NOT_CARRIED, detail=refused)
    return replace(found, pieces=((found.text, None),))


def _by_text(campaign: Campaign, found: Verdict, values: Mapping[str, str]) -> Verdict:
    channel, words = found.channel, fill(campaign.text, values)
    assert channel is not None  # noqa: S101 - asked of a place
    found = replace(found, text=words.text)
    if words.missing:
        return replace(found, reason=Skip.NO_VALUE, detail=", ".join(words.missing))
    parts = tuple(pieces(channel, text=words.text.strip(), file=file_of(campaign)))
    refused = _refusal(channel, found.wrote_at, parts)
    if refused is None and len(parts) <= MOST_PARTS:
        return replace(found, pieces=parts)
    return replace(found, reason=Skip.NOT_CARRIED, detail=refused or "")


def _refusal(channel: Channel, wrote_at: datetime | None, parts: Sequence[Piece]) -> str | None:
    quiet = since(wrote_at)
    asked = (refusal(channel, text=text, file=file, quiet_for=quiet, by_human=False) for text, file in parts)
    return next((reason for reason in asked if reason), None)


def _values(campaign: Campaign, contact: Contact, facts: Facts) -> dict[str, str]:
    return {
        "name": first_name(contact.name),
        "device": facts.devices.get(contact.pk, ""),
        "company": campaign.tenant.name,
    }

"""On whose words a text to this client may rest: gathered from the conversation, the order and the prices."""

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db.models import Prefetch
from django.utils import timezone
from django.utils.translation import gettext_noop

from apps.appeals.guarding import Source, SourceKind, Value, judge
from apps.appeals.guarding.phones import phone
from apps.appeals.guarding.prices import price
from apps.appeals.models import Appeal, Author, Conversation, Device, Repair
from apps.appeals.models.guarded import Guarded
from apps.appeals.prices.matching import prices_for
from apps.tenants.hours import DAYS
from apps.tenants.models import Tenant

# How many messages back a word still counts: as many as the AI is shown.
REMEMBERED = 30
# What the AI itself wrote proves nothing.
KIND_OF = {
    Author.CLIENT: SourceKind.CLIENT,
    Author.OPERATOR: SourceKind.OPERATOR,
    Author.CAMPAIGN: SourceKind.TENANT,
}
# Kept in English, translated where they are shown.
TRANSCRIPT = gettext_noop("dictated just now")
HOURS = gettext_noop("working hours")
TOTAL = gettext_noop("total of the order")
CARD = gettext_noop("the client's card")
FORM = gettext_noop("what the client filled in")


def examine(row: Guarded, *, conversation: Conversation, appeal: Appeal | None, dictated: str = "") -> None:
    """Fill in `figures` of a text as they are known today. It is not saved."""
    today = today_of(conversation.tenant)
    sources = [*_said(dictated, today), *sources_for(conversation, appeal)]
    row.figures = [finding.as_json() for finding in judge(row.text, sources=sources, today=today)]


def today_of(tenant: Tenant) -> date:
    return timezone.now().astimezone(ZoneInfo(tenant.timezone)).date()


def sources_for(conversation: Conversation, appeal: Appeal | None) -> list[Source]:
    return [
        *_messages(conversation),
        *_hours(conversation.tenant),
        *_client(conversation, appeal),
        *(known_prices(appeal) if appeal else ()),
        *(_order(appeal) if appeal else ()),
    ]


def known_prices(appeal: Appeal) -> Iterator[Source]:
    for offer in prices_for(appeal=appeal):
        ends = (offer.price, offer.price_to)
        values = frozenset(price(end, offer.currency) for end in ends if end is not None)
        label = f"{offer.brand} {offer.model}: {offer.work}".strip(" :")
        yield Source(kind=SourceKind.PRICES, values=values, label=label)


def _said(dictated: str, today: date) -> list[Source]:
    if not dictated:
        return []
    return [Source(kind=SourceKind.OPERATOR, words=dictated, said_on=today, label=TRANSCRIPT)]


def _messages(conversation: Conversation) -> Iterator[Source]:
    zone = ZoneInfo(conversation.tenant.timezone)
    words = conversation.messages.filter(author__in=KIND_OF, deleted_at=None).exclude(text="")
    for message in words.reverse()[:REMEMBERED]:
        yield Source(
            kind=KIND_OF[Author(message.author)],
            words=message.text,
            said_on=message.sent_at.astimezone(zone).date(),
            label=message.sent_at.astimezone(zone).strftime("%d.%m %H:%M"),
            message=message.pk,
        )


def _hours(tenant: Tenant) -> Iterator[Source]:
    """Each day and hour that the week names, and «weekdays» where all of them are worked on."""
    open_on: set[int] = set()
    for key, hours in tenant.working_hours.items():
        first, _dash, last = key.partition("-")
        open_on.update(range(DAYS.index(first), DAYS.index(last or first) + 1))
        words = " ".join(hours) if isinstance(hours, list) else str(hours)
        yield Source(kind=SourceKind.TENANT, words=words, label=HOURS)
    spans = [
        Value("weekdays", str([*span]))
        for span in (range(5), range(5, 7), range(7))
        if open_on.issuperset(span)
    ]
    days = frozenset([*spans, *(Value("weekday", str(day)) for day in open_on)])
    yield Source(kind=SourceKind.TENANT, values=days, label=HOURS)


def _client(conversation: Conversation, appeal: Appeal | None) -> Iterator[Source]:
    if conversation.contact.phone:
        values = frozenset({phone(conversation.contact.phone)})
        yield Source(kind=SourceKind.CLIENT, values=values, label=CARD)
    if appeal and appeal.prefilled_data:
        words = " ; ".join(str(value) for value in appeal.prefilled_data.values())
        yield Source(kind=SourceKind.CLIENT, words=words, label=FORM)


def _order(appeal: Appeal) -> Iterator[Source]:
    repairs = Prefetch("repairs", Repair.objects.filter(removed_at=None).prefetch_related("parts"))
    total: dict[str, Decimal] = {}
    for device in appeal.devices.filter(removed_at=None).prefetch_related(repairs):
        yield _named(device)
        for title, amount, currency in _costs(device.repairs.all()):
            values = frozenset({price(amount, currency)})
            yield Source(kind=SourceKind.ORDER, values=values, label=f"{device}: {title}")
            total[currency] = total.get(currency, Decimal(0)) + amount
    values = frozenset(price(amount, currency) for currency, amount in total.items())
    yield Source(kind=SourceKind.ORDER, values=values, label=TOTAL)


def _named(device: Device) -> Source:
    """«Nokia 3310» is no price."""
    imei = frozenset({phone(device.imei)}) if device.imei else frozenset()
    return Source(kind=SourceKind.ORDER, words=str(device), values=imei, label=str(device))


def _costs(repairs: Iterable[Repair]) -> Iterator[tuple[str, Decimal, str]]:
    for repair in repairs:
        if repair.price is not None:
            yield str(repair), repair.price, repair.currency
        for part in repair.parts.all():
            if part.price is not None:
                yield part.name, part.price * part.quantity, part.currency

"""What fills the gaps of a canned reply for one client, in the language the organisation writes in."""

from collections.abc import Iterable
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.utils import formats, timezone, translation
from django.utils.translation import gettext as _

from apps.appeals.campaigns.wording import first_name
from apps.appeals.models import Appeal, Conversation, Device, Repair
from apps.tenants.models import Member, Tenant

SIGNS = {"RUB": "₽", "USD": "$", "EUR": "€"}
MORNING, DAY, EVENING = 5, 12, 18


def values_for(conversation: Conversation, *, appeal: Appeal | None, member: Member | None) -> dict[str, str]:
    """By what a gap means; empty where nothing is known. Two queries at most."""
    tenant, contact = conversation.tenant, conversation.contact
    devices = _devices(appeal)
    repairs = [one for device in devices for one in device.repairs.all() if one.removed_at is None]
    with translation.override(tenant.language):
        return {
            "name": first_name(contact.name),
            "phone": contact.phone,
            "device": ", ".join(str(device) for device in devices if device.brand or device.model),
            "repair": ", ".join(repair.repair_type for repair in repairs if repair.repair_type),
            "price": _price(repairs),
            "appeal": str(appeal) if appeal else "",
            "operator": member.name if member else "",
            "company": tenant.name,
            "channel": conversation.channel.name,
            "greeting": _greeting(tenant),
        }


def _devices(appeal: Appeal | None) -> list[Device]:
    if appeal is None:
        return []
    return list(appeal.devices.filter(removed_at=None).order_by("id").prefetch_related("repairs"))


def _price(repairs: Iterable[Repair]) -> str:
    """Of all repairs together; unknown where one has no price yet, or they are of several currencies."""
    prices = [(repair.price, repair.currency) for repair in repairs]
    currencies = {currency for _price, currency in prices}
    if len(currencies) != 1 or any(price is None for price, _currency in prices):
        return ""
    total = sum((price for price, _currency in prices if price is not None), Decimal())
    places = 0 if total == total.to_integral_value() else 2
    currency = currencies.pop()
    number = formats.number_format(total, decimal_pos=places, use_l10n=True, force_grouping=True)
    return f"{number} {SIGNS.get(currency, currency)}"


def _greeting(tenant: Tenant) -> str:
    hour = timezone.now().astimezone(ZoneInfo(tenant.timezone)).hour
    if MORNING <= hour < DAY:
        return _("Good morning")
    if DAY <= hour < EVENING:
        return _("Good afternoon")
    return _("Good evening")

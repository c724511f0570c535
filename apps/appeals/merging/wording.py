"""What the kept client's own row says after a merge, and again after its undoing."""

from typing import Any

from django.utils.translation import gettext as _

from apps.appeals.models import Contact
from apps.core.phones import normalise_phone

# What is put back together: a consent by halves is none.
GROUPS: dict[str, tuple[str, ...]] = {
    "name": ("name",),
    "phone": ("phone",),
    "email": ("email",),
    "note": ("note",),
    "consent": ("unsubscribed_at", "unsubscribed_by", "unsubscribed_why", "agreed_at", "agreed_way"),
}
FIELDS = tuple(name for group in GROUPS.values() for name in group)


def values_of(contact: Contact) -> dict[str, Any]:
    """As JSON can keep and compare them."""
    return {name: _plain(contact, name) for name in FIELDS}


def take_over(kept: Contact, absorbed: Contact) -> None:
    """What is empty is filled; where both say something, the kept one's word stands, and the other phone and
    e-mail go into the note. Nothing is saved.
    """
    lines = [kept.note, absorbed.note]
    if kept.phone and absorbed.phone and not is_same_phone(kept.phone, absorbed.phone):
        lines.append(_("Another phone: %(phone)s") % {"phone": absorbed.phone})
    if kept.email and absorbed.email and kept.email.casefold() != absorbed.email.casefold():
        lines.append(_("Another e-mail: %(email)s") % {"email": absorbed.email})
    for name in ("name", "phone", "email"):
        setattr(kept, name, getattr(kept, name) or getattr(absorbed, name))
    kept.note = "\n".join(dict.fromkeys(line for line in lines if line))
    be_stricter(kept, absorbed)


def be_stricter(contact: Contact, other: Contact) -> None:
    """Consent is in force only where it was with both, and whoever unsubscribed stays so."""
    if contact.unsubscribed_at is None and other.unsubscribed_at is not None:
        for name in GROUPS["consent"][:3]:
            setattr(contact, name, getattr(other, name))
    if contact.unsubscribed_at is not None or other.agreed_at is None:
        contact.agreed_at, contact.agreed_way = None, ""


def put_back(kept: Contact, before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """Whatever nobody has changed since. Returns the groups that somebody has: they stay."""
    now, stayed = values_of(kept), []
    for group, names in GROUPS.items():
        if any(now[name] != after[name] for name in names):
            stayed.append(group)
            continue
        for name in names:
            field: Any = Contact._meta.get_field(name)
            setattr(
                kept, field.attname, before[name] if before[name] is None else field.to_python(before[name])
            )
    return stayed


def is_same_phone(one: str, other: str) -> bool:
    """False for what is no number."""
    number = normalise_phone(one)
    return bool(number) and number == normalise_phone(other)


def _plain(contact: Contact, name: str) -> Any:
    field: Any = Contact._meta.get_field(name)
    value = field.value_from_object(contact)
    return value.isoformat() if hasattr(value, "isoformat") else value

"""What a visitor leaves so that we can reach them outside the chat: never a key, and with their consent."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.channels.chat.answers import Refused
from apps.core.phones import normalise_phone
from apps.core.text import clean_name

NAME = 100


def read_contact(value: Any) -> dict[str, str]:
    """`name`, `phone` or `email`, and `consent`: when it was given. Empty where none was left.

    Raises Refused where one can't be used.
    """
    if not isinstance(value, dict):
        return {}
    reached = _reached_by(_word(value.get("reach")))
    if value.get("consent") is not True:
        raise Refused(400, "consent", _("Without your consent we may not keep your contacts."))
    name = _word(value.get("name"), limit=NAME)
    consent = timezone.localtime().isoformat(sep=" ", timespec="minutes")
    return {**({"name": name} if name else {}), **reached, "consent": consent}


def _reached_by(reach: str) -> dict[str, str]:
    if "@" in reach:
        try:
            validate_email(reach)
        except ValidationError:
            raise Refused(
                400, "reach", _("Check the e-mail address: it should look like name@example.com.")
            ) from None
        return {"email": reach}
    phone = normalise_phone(reach)
    if not phone:
        raise Refused(400, "reach", _("Write a phone number or an e-mail address by which we can reach you."))
    return {"phone": phone}


def as_words(contact: dict[str, str]) -> str:
    """As it stands under the message, for both sides to see."""
    return ", ".join(contact[part] for part in ("name", "phone", "email") if part in contact)


def _word(value: Any, *, limit: int = 200) -> str:
    return clean_name(value, limit=limit) if isinstance(value, str) else ""

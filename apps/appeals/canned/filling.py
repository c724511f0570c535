"""The gaps of a canned reply: `{имя}` or `{{client}}`, with `{имя|клиент}` for where nothing is known.

Written as in campaigns, of which all names hold here, too.
"""

import re

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.appeals.campaigns.wording import NAMES as OF_CAMPAIGNS

# What is missing, as the operator reads it.
TITLES: dict[str, Promise] = {
    "name": _("the client’s name"),
    "phone": _("the client’s phone"),
    "device": _("the device"),
    "repair": _("the repair"),
    "price": _("the price"),
    "appeal": _("the appeal’s number"),
    "operator": _("your name"),
    "company": _("the organisation’s name"),
    "channel": _("the channel’s name"),
    "greeting": pgettext_lazy("a gap in a reply", "the greeting"),
}
NAMES = {
    **OF_CAMPAIGNS,
    "клиент": "name",
    "client": "name",
    "телефон": "phone",
    "phone": "phone",
    "работа": "repair",
    "repair": "repair",
    "цена": "price",
    "price": "price",
    "обращение": "appeal",
    "appeal": "appeal",
    "сотрудник": "operator",
    "оператор": "operator",
    "operator": "operator",
    "organisation": "company",
    "organization": "company",
    "канал": "channel",
    "channel": "channel",
    "приветствие": "greeting",
    "greeting": "greeting",
}
_GAP = re.compile(r"\{\{([^{}|]*)(?:\|([^{}]*))?\}\}|\{([^{}|]*)(?:\|([^{}]*))?\}")

# As it stands in the composer of whoever is not to read the phone itself.
PHONE_GAP = "{телефон}"

Part = str | dict[str, str]


def parts(text: str) -> list[Part]:
    """The text in pieces: words as they are, and each gap with what it means, as it was written, and its
    fallback where it has one.
    """
    found: list[Part] = []
    end = 0
    for match in _GAP.finditer(text):
        meaning = _meaning(match)
        if meaning is None:
            continue
        found += [text[end : match.start()]] if match.start() > end else []
        fallback = match[2] if match[2] is not None else match[4]
        gap = {"gap": meaning, "as": match[0]}
        found.append(gap if fallback is None else {**gap, "or": fallback.strip()})
        end = match.end()
    return [*found, text[end:]] if end < len(text) else found


def unknown_gaps(text: str) -> list[str]:
    """Words in braces that mean nothing here: a client would read them as they are."""
    return [match[0] for match in _GAP.finditer(text) if _meaning(match) is None]


def gaps_left(text: str) -> list[str]:
    """What a client would read in braces although it means something here."""
    return [match[0] for match in _GAP.finditer(text) if _meaning(match) is not None]


def fill_phone(text: str, phone: str) -> str:
    """The gap of a phone that its writer is not to read is filled when the answer goes to the client."""
    return _GAP.sub(lambda match: phone if phone and _meaning(match) == "phone" else match[0], text)


def _meaning(match: re.Match[str]) -> str | None:
    name = match[1] if match[1] is not None else match[3]
    return NAMES.get(name.strip().casefold())

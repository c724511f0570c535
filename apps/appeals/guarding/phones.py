"""Numbers to call, and whatever else has as many digits: of a card, of a device."""

import re
from collections.abc import Iterator

from apps.appeals.guarding.figures import Found, Kind, Value
from apps.core.phones import normalise_phone

_LONG = re.compile(r"(?<![\w+])\+?\d(?:[\s()\u00a0.–-]{0,3}\d){9,19}(?!\w)")
_LOCAL = re.compile(r"(?<![\w-])\d{2,3}-\d{2}-\d{2}(?![\w-])")


def phone(written: str) -> Value:
    return Value("phone", normalise_phone(written) or "".join(one for one in written if one.isdigit()))


def find_phones(text: str) -> Iterator[Found]:
    for pattern in (_LONG, _LOCAL):
        for found in pattern.finditer(text):
            yield Found(Kind.PHONE, found.start(), found.end(), frozenset({phone(found.group())}))

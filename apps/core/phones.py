"""A phone number as people type it: made one that can be dialled and compared, or one that can't."""

import re
from collections.abc import Iterator, Sequence

# https://www.itu.int/rec/T-REC-E.164: a country's code and up to 15 digits in all.
_SHORTEST, _LONGEST = 8, 15
_ALLOWED = re.compile(r"[\d\s()+.\-‐–—]*")


def normalise_phone(value: str) -> str:
    """«8 (900) 123-45-67» and «900 1234567» are +79001234567; empty where it is no number.

    Without a plus, ten digits, or eleven after an 8, are Russian, as the shops are; all else begins with
    the country's code.
    """
    if not _ALLOWED.fullmatch(value):
        return ""
    digits = "".join(str(int(sign)) for sign in value if sign.isdecimal())
    if not value.lstrip().startswith("+"):
        if len(digits) == 10:
            digits = f"7{digits}"
        elif len(digits) == 11 and digits.startswith("8"):
            digits = f"7{digits[1:]}"
    return f"+{digits}" if _SHORTEST <= len(digits) <= _LONGEST and not digits.startswith("0") else ""


DOT = "•"
_GAP = r"[\s()‐–-]{0,2}"
# With a plus; ours with their 7 or 8; those of countries nearby; and, where it is no part of an address or
# the number of something, a mobile phone without its country. All else is a price, a date, an order.
_IN_TEXT = re.compile(
    rf"\+\d(?:{_GAP}\d){{9,12}}(?!\d)"
    rf"|(?<!\d)[78](?:{_GAP}\d){{10}}(?!\d)"
    rf"|(?<!\d)(?:37|38|99)(?:{_GAP}\d){{10}}(?!\d)"
    rf"|(?<![\d/_=#№])9(?:{_GAP}\d){{9}}(?!\d)"
    r"|(?<![\d-])\d{3}-\d{2}-\d{2}(?![\d-])"
)
# As speech is written down, with commas where somebody takes breath: in the usual groups, or digit by digit.
# Good enough to hide, not to dial.
_PAUSE = r"[\s(),.‐–-]{0,3}"
_DICTATED = re.compile(
    rf"(?<![\d/_=#№])(?:[78]{_PAUSE}[3489]|9)\d\d{_PAUSE}\d{{3}}{_PAUSE}\d\d{_PAUSE}\d\d(?!\d)"
    rf"|(?<!\d)[78](?:[\s,.]{{1,2}}\d){{10}}(?!\d)"
    rf"|{_IN_TEXT.pattern}"
)
# Between utterances: a space for the patterns above, and in no text.
_BREAK = "\x1f"


def mask_phone(value: str) -> str:
    """«+7 900 •••-••-45»: enough to tell one client from another. For what is nothing but a phone."""
    digits = normalise_phone(value).removeprefix("+")
    if len(digits) == 11 and digits.startswith("7"):
        return f"+7 {digits[1:4]} {DOT * 3}-{DOT * 2}-{digits[-2:]}"
    if digits:
        return f"+{digits[:3]} {DOT * (len(digits) - 5)} {digits[-2:]}"
    return _dotted(value)


def _dotted(value: str) -> str:
    """All digits but the last two, each in its place."""
    hidden = sum(sign.isdecimal() for sign in value) - 2
    shown = []
    for sign in value:
        hidden -= sign.isdecimal()
        shown.append(DOT if sign.isdecimal() and hidden >= 0 else sign)
    return "".join(shown)


def phones_in(text: str) -> Iterator[tuple[int, int, str]]:
    """Whatever reads as a whole phone in somebody's words: from where to where, and as it is dialled."""
    for found in _IN_TEXT.finditer(text):
        if phone := normalise_phone(found[0]):
            yield found.start(), found.end(), phone


def mask_phones(text: str) -> str:
    """Whatever reads as a phone in somebody's words. Devices' and cards' numbers are longer, and stay."""
    return _DICTATED.sub(lambda found: mask_phone(found[0].replace(",", " ")), text)


def mask_dictated(lines: Sequence[str]) -> list[str]:
    """Of a conversation, line by line: whoever dictates a phone pauses in it, and it goes on in the next."""
    whole = _BREAK.join(line.replace(_BREAK, " ") for line in lines)
    return _DICTATED.sub(lambda found: _dotted(found[0]), whole).split(_BREAK) if lines else []

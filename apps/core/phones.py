"""A phone number as people type it, made one that can be dialled and compared."""

import re

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

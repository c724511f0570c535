"""A phone and an e-mail as each platform wants them: written one way, then hashed. Nothing empty is hashed.

All of them want an e-mail trimmed and in lower case, and a phone as digits with the country's code: with a
plus before it where `Terms.plus` says so. Where they say that stands in each connector's terms.
"""

import hashlib

from apps.ads.contract import Algorithm, Kind, Terms
from apps.core.phones import normalise_phone


def phone_for(given: str, *, plus: bool) -> str:
    """Empty where it is no number."""
    found = normalise_phone(given.strip())
    return found if plus else found.removeprefix("+")


def email_for(given: str) -> str:
    """Empty where it is no address. White space within one is never part of it."""
    found = "".join(given.split()).lower()
    name, _at, host = found.rpartition("@")
    return found if name and "." in host.strip(".") else ""


def value_for(given: str, kind: Kind, terms: Terms) -> str:
    return phone_for(given, plus=terms.plus) if kind == Kind.PHONE else email_for(given)


def uploaded(value: str, algorithm: Algorithm) -> str:
    """What leaves us for a normalised value."""
    match algorithm:
        case Algorithm.SHA256:
            return hashlib.sha256(value.encode()).hexdigest()
        case Algorithm.MD5:
            # The platform takes no other hash.
            return hashlib.md5(value.encode(), usedforsecurity=False).hexdigest()
        case _:
            return value


def digest(value: str, algorithm: Algorithm) -> str:
    """What the ledger keeps: as it was uploaded, but never in the clear."""
    return uploaded(value, Algorithm.SHA256 if algorithm == Algorithm.PLAIN else algorithm)

"""Phones and user names as people paste them, found among the clients who are known."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db.models.functions import Lower

from apps.appeals.following import standing_ids
from apps.appeals.models import Contact, Identity
from apps.appeals.models.contact import PHONE_DIGITS, phone_tail

_PHONE = re.compile(r"[+\d\s()./-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    contact_ids: frozenset[int]
    unmatched: tuple[str, ...]


def match(pasted: str, *, tenant_id: int) -> Matched:
    """One a line, or parted by commas or semicolons. A handful of queries, however many they are; a phone of
    somebody who was merged into another client finds that one.
    """
    lines = parts(pasted)
    found = found_by({key_of(line) for line in lines}, tenant_id=tenant_id)
    return Matched(
        contact_ids=frozenset(standing_ids(pk for ids in found.values() for pk in ids)),
        unmatched=tuple(line for line in lines if key_of(line) not in found),
    )


def parts(pasted: str) -> list[str]:
    """Each once, in their order."""
    return list(dict.fromkeys(part.strip() for part in re.split(r"[\n,;]", pasted) if part.strip()))


def found_by(keys: Collection[str], *, tenant_id: int) -> dict[str, set[int]]:
    """Clients by the key that they were found by; for those who were merged see `following`."""
    found: dict[str, set[int]] = {}
    for key, contact_id in (*_by_phone(keys, tenant_id), *_by_name(keys, tenant_id)):
        found.setdefault(key, set()).add(contact_id)
    return found


def is_phone(line: str) -> bool:
    return bool(_PHONE.fullmatch(line)) and len(re.sub(r"\D", "", line)) >= PHONE_DIGITS


def key_of(line: str) -> str:
    if is_phone(line):
        return re.sub(r"\D", "", line)[-PHONE_DIGITS:]
    return line.removeprefix("@").casefold()


def _by_phone(keys: Iterable[str], tenant_id: int) -> Iterable[tuple[str, int]]:
    numbers = [key for key in keys if key.isascii() and key.isdecimal() and len(key) == PHONE_DIGITS]
    rows = Contact.objects.filter(tenant=tenant_id).exclude(phone="").annotate(tail=phone_tail())
    return rows.filter(tail__in=numbers).values_list("tail", "pk")


def _by_name(keys: Iterable[str], tenant_id: int) -> Iterable[tuple[str, int]]:
    rows = Identity.objects.filter(tenant=tenant_id).exclude(username="").annotate(lower=Lower("username"))
    return rows.filter(lower__in=list(keys)).values_list("lower", "contact")

"""Phones and user names as people paste them, found among the clients who are known."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db.models import CharField, F, Func, Value
from django.db.models.functions import Lower, Right

from apps.appeals.models import Contact, Identity

# Of a national number; what stands before it (+7, 8, 007) is written in many ways.
DIGITS = 10
_PHONE = re.compile(r"[+\d\s()./-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    contact_ids: frozenset[int]
    unmatched: tuple[str, ...]


def match(pasted: str, *, tenant_id: int) -> Matched:
    """One a line, or parted by commas or semicolons. Two queries, however many they are."""
    lines = parts(pasted)
    found = found_by({key_of(line) for line in lines}, tenant_id=tenant_id)
    return Matched(
        contact_ids=frozenset(pk for ids in found.values() for pk in ids),
        unmatched=tuple(line for line in lines if key_of(line) not in found),
    )


def parts(pasted: str) -> list[str]:
    """Each once, in their order."""
    return list(dict.fromkeys(part.strip() for part in re.split(r"[\n,;]", pasted) if part.strip()))


def found_by(keys: Collection[str], *, tenant_id: int) -> dict[str, set[int]]:
    """Clients by the key that they were found by."""
    found: dict[str, set[int]] = {}
    for key, contact_id in (*_by_phone(keys, tenant_id), *_by_name(keys, tenant_id)):
        found.setdefault(key, set()).add(contact_id)
    return found


def is_phone(line: str) -> bool:
    return bool(_PHONE.fullmatch(line)) and len(re.sub(r"\D", "", line)) >= DIGITS


def key_of(line: str) -> str:
    if is_phone(line):
        return re.sub(r"\D", "", line)[-DIGITS:]
    return line.removeprefix("@").casefold()


def _digits_of(field: str) -> Right:
    kept = Func(
        F(field), Value(r"\D"), Value(""), Value("g"), function="regexp_replace", output_field=CharField()
    )
    return Right(kept, DIGITS)


def _by_phone(keys: Iterable[str], tenant_id: int) -> Iterable[tuple[str, int]]:
    numbers = [key for key in keys if key.isascii() and key.isdecimal() and len(key) == DIGITS]
    rows = Contact.objects.filter(tenant=tenant_id).exclude(phone="").annotate(tail=_digits_of("phone"))
    return rows.filter(tail__in=numbers).values_list("tail", "pk")


def _by_name(keys: Iterable[str], tenant_id: int) -> Iterable[tuple[str, int]]:
    rows = Identity.objects.filter(tenant=tenant_id).exclude(username="").annotate(lower=Lower("username"))
    return rows.filter(lower__in=list(keys)).values_list("lower", "contact")

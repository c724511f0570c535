"""What a line of the price list is found by: who it is, which device it is for, which words its work has."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from itertools import combinations

from django.db import connection
from django.db.models import QuerySet

from apps.appeals.models import PriceItem, PriceSynonym
from apps.appeals.prices.likeness import SHORTEST, mended
from apps.appeals.prices.words import (
    ACTIONS,
    DEVICE_NOISE,
    DEVICES,
    FAMILIES,
    MAKERS,
    USUAL_FAMILY,
    WORK_NOISE,
    WORKS,
    Synonyms,
    read,
    stem,
    with_own,
)
from apps.core.text import normalise_words
from apps.tenants.models import Tenant

TEXTS = ("brand", "model", "work", "part")
NAMES = MAKERS | FAMILIES.keys()

_PLUS = re.compile(r"(?<=\w)\+")
_LATIN = re.compile("[a-z]")
_MEMORY = frozenset({"gb", "гб", "tb", "тб"})
# Letters that look alike on both keyboards: «iРhоne» is written with two of each.
_LOOKALIKES = str.maketrans("авекмнорстух", "abekmhopctyx")
_CHUNK = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """The words of one tenant. Those who ask for many lines make it once."""

    devices: Synonyms
    works: Synonyms
    # A list of thousands of lines has hundreds of devices and works.
    known: dict[tuple[str, ...], frozenset[str]] = field(default_factory=dict)

    def device(self, brand: str, model: str) -> frozenset[str]:
        key = ("device", brand, model)
        if key not in self.known:
            self.known[key] = self._device(brand, model)
        return self.known[key]

    def work(self, *texts: str) -> frozenset[str]:
        key = ("work", *texts)
        if key not in self.known:
            self.known[key] = self._work(*texts)
        return self.known[key]

    def _device(self, brand: str, model: str) -> frozenset[str]:
        stems = [_latin(stem(word)) for word in tokens(f"{brand} {model}")]
        kept = [
            word
            for at, word in enumerate(stems)
            if word not in DEVICE_NOISE and not (word.isdecimal() and _next(stems, at) in _MEMORY)
        ]
        return _whole(frozenset(_mended(word) for word in read(kept, self.devices)))

    def _work(self, *texts: str) -> frozenset[str]:
        stems = [stem(word) for text in texts for word in tokens(text) if word not in WORK_NOISE]
        return frozenset(read(stems, self.works))


def reader_of(tenant: Tenant | int | None) -> Reader:
    """Without a tenant the built-in words alone."""
    own = [
        (tuple(map(stem, tokens(word))), tuple(map(stem, tokens(means))))
        for word, means in PriceSynonym.objects.filter(tenant=tenant).values_list("word", "means")
    ]
    own = [(word, means) for word, means in own if word and means]
    return Reader(devices=with_own(DEVICES, own), works=with_own(WORKS, own))


@lru_cache(maxsize=16384)
def tokens(text: str) -> tuple[str, ...]:
    """Words and numbers, folded; «S21+» is «S21 plus». A list repeats its models and works."""
    return tuple(word.text for word in normalise_words(_PLUS.sub(" plus ", text)))


def identity(brand: str, model: str, work: str, part: str) -> str:
    """The same for whatever differs in case, spaces and punctuation alone."""
    folded = "\x1f".join(" ".join(tokens(text)) for text in (brand, model, work, part))
    return sha256(folded.encode()).hexdigest()


def device_key(device: frozenset[str]) -> str:
    return " ".join(sorted(device))[:400]


def work_key(work: frozenset[str]) -> str:
    return " ".join(sorted(work))


def fill(item: PriceItem, reader: Reader) -> PriceItem:
    """Call before it is written."""
    texts = (item.brand, item.model, item.work, item.part)
    item.identity = identity(*texts)
    item.device_key = device_key(reader.device(item.brand, item.model))
    item.work_key = work_key(reader.work(item.work, item.part))
    return item


def rekey(tenant: Tenant) -> int:
    """All lines of the tenant, once its words have changed. Returns how many are found by others now.

    Call with the tenant locked, so that no import writes by the former words meanwhile.
    """
    reader = reader_of(tenant)
    rows: QuerySet[PriceItem] = PriceItem.objects.filter(tenant=tenant).order_by("pk")
    changed: list[tuple[int, str, str]] = []
    for pk, device, work, *texts in rows.values_list("pk", "device_key", "work_key", *TEXTS):
        now = device_key(reader.device(*texts[:2])), work_key(reader.work(*texts[2:]))
        if now != (device, work):
            changed.append((pk, *now))
    for start in range(0, len(changed), _CHUNK):
        _write(changed[start : start + _CHUNK])
    return len(changed)


def _write(changed: list[tuple[int, str, str]]) -> None:
    pks, devices, works = (list(column) for column in zip(*changed, strict=True))
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE appeals_priceitem SET device_key = new.device, work_key = new.work"
            " FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS new(id, device, work)"
            " WHERE appeals_priceitem.id = new.id",
            [pks, devices, works],
        )


def is_action(word: str) -> bool:
    return word in ACTIONS


def may_be_misspelt(device: frozenset[str]) -> bool:
    """It has a long word that is no maker's and no family's: those are mended before they get here."""
    return any(len(word) >= SHORTEST and word.isalpha() and word not in NAMES for word in device)


def names_a_line(word: str) -> bool:
    """A maker or a family: many models have it."""
    return word in NAMES


def wider_keys(device: frozenset[str], brand: frozenset[str]) -> Iterator[str]:
    """Of lines for all models of its brand or family, and for all devices; without its own."""
    lines = sorted(word for word in device if names_a_line(word) or word in brand)[:5]
    for size in range(len(lines) + 1):
        for words in combinations(lines, size):
            if frozenset(words) != device:
                yield device_key(frozenset(words))


def _whole(device: frozenset[str]) -> frozenset[str]:
    """With the maker where the family tells it, and the family where people leave it out."""
    if not device & MAKERS:
        told = next((FAMILIES[word] for word in sorted(device) if word in FAMILIES), None)
        device |= {told} if told else set()
    for maker in sorted(device & MAKERS & USUAL_FAMILY.keys()):
        if len(device) > 1 and not any(FAMILIES.get(word) == maker for word in device):
            device |= {USUAL_FAMILY[maker]}
    return device


@lru_cache(maxsize=8192)
def _mended(word: str) -> str:
    """«iPhne» is an iPhone; what is no slip of a maker's or a family's name stays as it is."""
    if word in NAMES or len(word) < SHORTEST:
        return word
    return mended(word, NAMES)


def _latin(word: str) -> str:
    return word.translate(_LOOKALIKES) if _LATIN.search(word) else word


def _next(words: list[str], at: int) -> str:
    return words[at + 1] if at + 1 < len(words) else ""

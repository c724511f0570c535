"""Which devices somebody means: «айфон 14» and «iphne 14» are an iPhone 14, as in the price list."""

from django.db.models import Q

from apps.appeals.prices.keys import names_a_line, reader_of, tokens
from apps.appeals.prices.words import MAKERS
from apps.tenants.models import Tenant

MOST_WORDS = 8


def of_model(query: str, *, tenant: Tenant | None) -> Q:
    """Of devices, by their model alone: told by an index. Reads the organisation's own synonyms."""
    words, _makers = _read(query, tenant)
    return _models(query, words)


def called(query: str, *, tenant: Tenant | None, path: str = "") -> Q:
    """By their model or maker. `path` leads to the devices, as «devices__»."""
    words, makers = _read(query, tenant)
    named = _models(query, words, path)
    for maker in (query, *(() if words else makers)):
        named |= Q(**{f"{path}brand__icontains": maker})
    return named


def _models(query: str, words: list[str], path: str = "") -> Q:
    meant = Q()
    for word in words:
        meant &= Q(**{f"{path}model__icontains": word})
    as_written = Q(**{f"{path}model__icontains": query})
    return as_written | meant if words else as_written


def _read(query: str, tenant: Tenant | None) -> tuple[list[str], set[str]]:
    """The words a model has, and apart from them the makers: they mostly go without saying.

    Letters and numbers written in one stay so: an S52 is no A52, whatever letters else are there.
    """
    reader, words, makers = reader_of(tenant), list[str](), set[str]()
    for written in query.split()[:MOST_WORDS]:
        joined = ""
        for part in tokens(written):
            for word in reader.device("", part):
                if word in MAKERS:
                    makers.add(word)
                elif names_a_line(word):
                    words.append(word)
                else:
                    joined += word
        words += [joined] if joined else []
    return words, makers

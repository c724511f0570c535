"""Words in long texts: found in any of their forms by PostgreSQL's index, whatever its planner believes."""

import re
from typing import Any

from django.contrib.postgres.search import SearchQuery
from django.db import connection, transaction
from django.db.models import Exists, Q, QuerySet

SHORTEST_STEM, ENDING = 5, 2


class Probed(Exists):
    """Asked of one row after another: of a word that is often said now, a page is soon full.

    The planner would rather fetch every text that has the word, and keep them in memory: right for a word
    of old times alone. An OFFSET, even of nothing, leaves it no choice.
    """

    template = "EXISTS(%(subquery)s OFFSET 0)"


def said(query: str) -> Q:
    """Of a table with a column `words`: every word of the query, in any form of it or as the beginning of a
    longer one.
    """
    words = re.findall(r"\w+", query.replace("ё", "е").replace("Ё", "Е"))
    if not words:
        return Q(pk__in=[])
    beginnings = " & ".join(f"{_stem(word)}:*" for word in words)
    return Q(words=SearchQuery(beginnings, config="russian", search_type="raw"))


def _stem(word: str) -> str:
    """Without its ending: the dictionary's own stems differ from form to form («батарея», «батареи»)."""
    return word[: max(SHORTEST_STEM, len(word) - ENDING)]


def by_index(ids: QuerySet[Any, int]) -> list[int]:
    """How often the beginning of a word occurs the planner can't know: it would read all texts of the
    tenant from one end, in vain where it occurs nowhere. Only the words' own index is read as a bitmap.
    """
    others = "SET LOCAL enable_seqscan = {0}; SET LOCAL enable_indexscan = {0}"
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(others.format("off"))
        found = list(ids)
        cursor.execute(others.format("on"))
    return found

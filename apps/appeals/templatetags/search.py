"""What a search found, in the words around it."""

import re

from django import template
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

BEFORE, AFTER = 40, 100
# Of a word its beginning is found in all its forms: «батарея», «батарею».
STEM, ENDING = 3, 2


@register.filter
def found_in(text: str, query: str) -> SafeString:
    """The part of the text with the first of the query's words, each of them marked."""
    stems = [re.escape(word[: max(STEM, len(word) - ENDING)]) for word in re.findall(r"\w+", query)]
    if not stems:
        return escape(text[:AFTER])
    pattern = re.compile(rf"\b(?:{'|'.join(stems)})\w*".replace("е", "[её]"), re.IGNORECASE)
    first = pattern.search(text)
    start = max(0, first.start() - BEFORE) if first else 0
    part = text[start : start + BEFORE + AFTER]
    marked, at = [], 0
    for hit in pattern.finditer(part):
        marked += [escape(part[at : hit.start()]), "<mark>", escape(hit[0]), "</mark>"]
        at = hit.end()
    return mark_safe("".join(["… " if start else "", *marked, escape(part[at:])]))  # noqa: S308 - escaped

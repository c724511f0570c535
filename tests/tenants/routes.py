"""Every address of the project, with its parameters filled in."""

import re
from collections.abc import Iterator

from django.urls import URLPattern, URLResolver, get_resolver

from tests.tenants.world import A_UUID, PK, WORD

# For anybody or for machines with a secret of their own: tested where they are made.
PUBLIC = ("webhook/", "chat/", "healthz", "readyz", "metrics", "i18n/", "admin/jsi18n/")
# They are about the visitor's own session.
OWN = ("admin/login/", "admin/logout/", "admin/password_change/")

_CONVERTER = re.compile(r"<(?:(?P<kind>\w+):)?(?P<name>\w+)>")
_GROUP = re.compile(r"\((?:\?P<(?P<name>\w+)>)?(?P<body>[^()]*)\)")
NAMES_A_ROW = {"pk", "id", "object_id", "row", "draft", "delivery"}


def routes() -> list[str]:
    found = {route for route in _walk(get_resolver().url_patterns) if not route.startswith(PUBLIC + OWN)}
    return sorted(found)


def _walk(patterns: list[URLPattern | URLResolver], prefix: str = "") -> Iterator[str]:
    for entry in patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from _walk(entry.url_patterns, route)
        else:
            yield route


def is_about_a_row(route: str) -> bool:
    names = {match["name"] for match in _CONVERTER.finditer(route)}
    return bool(names & NAMES_A_ROW) or "_simple_history" in route


def addresses(route: str) -> list[str]:
    """The row's id wherever an id goes; words where words go: A's own, and the slug of a connector."""
    words = [str(PK)] if is_about_a_row(route) else [str(PK), WORD, "webchat"]
    found = {"/" + _fill(route, word) for word in words}
    return sorted(found)


def _fill(route: str, word: str) -> str:
    def converter(match: re.Match[str]) -> str:
        return {"int": str(PK), "uuid": str(A_UUID)}.get(match["kind"] or "str", word)

    def group(match: re.Match[str]) -> str:
        return match["body"].split("|")[0] if "|" in match["body"] else word

    filled = _GROUP.sub(group, _CONVERTER.sub(converter, route))
    return re.sub(r"[\^$]|/\?", "", filled)

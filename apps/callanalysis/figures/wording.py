"""Figures as the report says them."""

from dataclasses import dataclass

from django.utils import formats
from django.utils.translation import gettext as _

from apps.appeals.dashboard.tiles import NONE, number

MINUS = "−"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """`href` is empty where there is nothing to open; `tone` colours the change: good, bad, calm."""

    text: str
    href: str = ""
    note: str = ""
    change: str = ""
    tone: str = "calm"


def counted(value: int, href: str, *, note: str = "") -> Figure:
    return Figure(text=number(value), href=href if value else "", note=note)


def percent(value: float | None) -> str:
    """Of a hundred."""
    return NONE if value is None else f"{formats.number_format(round(value, 1), 1)} %"


def share(part: int, whole: int) -> str:
    return f"{part / whole * 100:.0f} %" if whole else ""


def points(now: float | None, before: float | None) -> tuple[str, str]:
    """How many points of a hundred it is more or less, and whether that is good."""
    if now is None or before is None:
        return "", "calm"
    more = round(now - before, 1)
    if not more:
        return _("as before"), "calm"
    return signed(formats.number_format(abs(more), 1), more), "good" if more > 0 else "bad"


def signed(text: str, value: float) -> str:
    return f"{MINUS if value < 0 else '+'}{text}"

"""The figures of a conversation (`measuring`) as a person would say them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.callanalysis.measuring import CLIENT, MANAGER
from apps.callanalysis.wording import clock, speaker_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    title: str
    text: str


def figures_in_words(figures: Mapping[str, Any], *, seconds: float) -> list[Figure]:
    """Only what is known."""
    told = (
        _shares(figures.get("talk_ratio")),
        _each(_("Talked"), figures.get("talk") if "talk_ratio" not in figures else None, clock),
        _each(_("Longest monologue"), figures.get("longest_monologue"), clock),
        _each(_("Interrupted the other"), figures.get("interruptions"), _times),
        _silence(figures.get("silence"), seconds),
        _patience(figures.get("patience")),
        _each(_("Asked"), figures.get("questions"), _questions),
    )
    return [figure for figure in told if figure is not None]


def no_figures(figures: Mapping[str, Any]) -> str:
    """Why some or all are lacking; empty where none is."""
    if not figures:
        return _("The AI told no times of what was said: nothing can be measured.")
    if "talk_ratio" in figures or {MANAGER, CLIENT} <= set(figures.get("talk", {})):
        return ""
    if set(figures.get("talk", {})) & {MANAGER, CLIENT}:
        return _("Only one of the two sides was heard to speak.")
    return _(
        "Both talk in one channel: who is who can't be told. Let the telephone exchange record in stereo."
    )


def _shares(ratio: float | None) -> Figure | None:
    if ratio is None:
        return None
    manager = round(ratio * 100)
    text = _("the manager %(manager)d %%, the client %(client)d %%") % {
        "manager": manager,
        "client": 100 - manager,
    }
    return Figure(title=_("Who talked"), text=text)


def _each(title: str, of: Mapping[str, Any] | None, said: Callable[[Any], str]) -> Figure | None:
    if not of:
        return None
    order = [name for name in (MANAGER, CLIENT) if name in of] or sorted(of)
    parts = (f"{_who(name)} – {said(of[name])}" for name in order)
    return Figure(title=title, text=", ".join(parts))


def _who(speaker: str) -> str:
    """In the middle of a sentence; a voice is called by its letter."""
    name = speaker_name(speaker)
    return name.lower() if speaker in (MANAGER, CLIENT) else name


def _times(count: int) -> str:
    return ngettext("%(count)d time", "%(count)d times", count) % {"count": count}


def _questions(count: int) -> str:
    return ngettext("%(count)d question", "%(count)d questions", count) % {"count": count}


def _silence(silent: float | None, seconds: float) -> Figure | None:
    if silent is None or not seconds:
        return None
    text = _("%(clock)s, which is %(share)d %% of the recording") % {
        "clock": clock(silent),
        "share": round(100 * min(silent, seconds) / seconds),
    }
    return Figure(title=_("Nobody talked"), text=text)


def _patience(waits: float | None) -> Figure | None:
    if waits is None:
        return None
    text = _("usually after %(seconds)s s") % {"seconds": number_format(waits, decimal_pos=1)}
    return Figure(title=_("The manager answered"), text=text)

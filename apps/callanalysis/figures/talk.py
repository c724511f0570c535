"""What the seconds of conversations tell of each manager, beside the whole organisation."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.utils import formats
from django.utils.translation import gettext as _

from apps.appeals.dashboard.tiles import NONE
from apps.callanalysis.figures.links import Links
from apps.callanalysis.figures.reading import Calls
from apps.callanalysis.figures.scorecards import Line
from apps.callanalysis.figures.wording import Figure, counted, percent
from apps.callanalysis.wording import clock

# As the list's filter has them: it is known who talks, or at least when.
TALK, SILENCE = "talk", "silence"


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """Averages of a call: shares of a hundred, seconds, times. None where it is not known of any."""

    calls: Calls

    @property
    def ratio(self) -> float | None:
        return self._each(float(self.calls.talk_ratio) * 100)

    @property
    def monologue(self) -> float | None:
        return self._each(float(self.calls.monologue))

    @property
    def cut_in(self) -> float | None:
        return self._each(self.calls.cut_in)

    @property
    def was_cut_in(self) -> float | None:
        return self._each(self.calls.was_cut_in)

    @property
    def silence(self) -> float | None:
        """Of all that was recorded."""
        return float(self.calls.silence / self.calls.seconds) * 100 if self.calls.seconds else None

    def _each(self, value: float) -> float | None:
        return value / self.calls.measured if self.calls.measured else None


def everybody(found: Iterable[tuple[Calls, Calls]]) -> Talk:
    """Of the whole organisation, whoever asks: a sum that names nobody."""
    return Talk(calls=Calls.of(now for now, _before in found))


def spoken(lines: Iterable[Line]) -> list[Line]:
    return [line for line in lines if line.calls.measured or line.calls.timed]


def heading() -> list[str]:
    return [
        _("manager's share of the talk, %"),
        _("manager's longest monologue"),
        _("the manager interrupted, times a call"),
        _("the client interrupted, times a call"),
        _("measured calls"),
        _("silence, %"),
        _("calls with known silence"),
    ]


def figures(talk: Talk, links: Links, whose: dict[str, int] | None) -> Iterator[Figure]:
    """`whose` None: of everybody, whose calls this visitor may not be able to open."""
    known = links.calls(**whose, known=TALK) if whose is not None else ""
    silent = links.calls(**whose, known=SILENCE) if whose is not None else ""
    yield Figure(text=percent(talk.ratio), href=known if talk.calls.measured else "")
    yield Figure(text=NONE if talk.monologue is None else clock(talk.monologue))
    yield Figure(text=_times(talk.cut_in))
    yield Figure(text=_times(talk.was_cut_in))
    yield counted(talk.calls.measured, known)
    yield Figure(text=percent(talk.silence), href=silent if talk.calls.timed else "")
    yield counted(talk.calls.timed, silent)


def _times(value: float | None) -> str:
    return NONE if value is None else str(formats.number_format(value, 1))

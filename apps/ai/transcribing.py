"""A recording of any kind and length into words: made fit for who listens, heard part by part."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from apps.ai.asking import hear
from apps.ai.contract import Answer, Hearing, Recording, Segment
from apps.core.audio import OGG, Converted, Sound, probe, split
from apps.core.text import joined
from apps.integrations.models import Connection
from apps.integrations.opening import open_connection
from apps.integrations.registry import connector
from apps.tenants.models import Tenant

# The same for every model: what was heard of a recording stays valid when another one goes on with it.
PART_SECONDS = 600
# Of a model that does not tell when what was said: then the part it was said in does.
UNTIMED_SECONDS = 60
# As loud as nothing on a telephone line, of 32768: what is below is neither sent nor paid for.
NOTHING = 64
# How much of what was said before a part goes along with it, so that a sentence cut in two is understood.
TAIL = 200

Keep = Callable[[Sequence[str]], None]


def transcribe(
    *,
    tenant: Tenant,
    connection: Connection,
    recording: Recording,
    heard: Sequence[str] = (),
    keep: Keep = lambda heard: None,
) -> str:
    """Empty where nobody speaks. Raises `core.errors`: Rejected for what is no sound or too long.

    Of a long recording `heard` is what earlier tries heard; `keep` is told after every part but the last.
    """
    said = list(heard)
    for number, (part, is_last) in enumerate(_parts(connection, recording)):
        if number < len(heard):
            continue
        before = joined(*said)[-TAIL:]
        said.append(hear(tenant=tenant, connection=connection, recording=replace(part, before=before)).text)
        if not is_last:
            keep(said)
    return joined(*said)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A part of a recording, in seconds of the whole. `is_timed`: the model told when what was said."""

    start: float
    end: float
    text: str = ""
    segments: tuple[Segment, ...] = ()
    language: str = ""
    is_timed: bool = True


def listen(
    *,
    tenant: Tenant,
    connection: Connection,
    recording: Recording,
    span: tuple[float, float],
    side: int | None = None,
) -> Iterator[Heard]:
    """Part after part of `span`, seconds from and until, with the time of every word; raises as `transcribe`.

    Begun anew at the end of one that was heard it goes on as it would have. `side` as in `core.audio.split`.
    """
    hearing, (at, _) = _hearing_of(connection), span
    most = PART_SECONDS if hearing.is_timed else UNTIMED_SECONDS
    before = recording.before[-TAIL:]
    for part in split(recording.file, to=OGG, part_seconds=min(most, hearing.seconds), side=side, span=span):
        end = at + part.seconds
        if part.peak < NOTHING:
            yield Heard(start=at, end=end)
        else:
            asked = replace(_as_recording(recording, part), before=before)
            heard = _heard(hear(tenant=tenant, connection=connection, recording=asked), at, end)
            before = joined(before, heard.text)[-TAIL:]
            yield heard
        at = end


def _heard(answer: Answer, start: float, end: float) -> Heard:
    """Without times the whole of the part is when it was said; nothing is later than the part's end."""
    said = tuple(
        replace(one, start=min(start + one.start, end), end=min(start + one.end, end))
        for one in answer.segments
    )
    whole = (Segment(start=start, end=end, text=answer.text),) if answer.text else ()
    return Heard(
        start=start,
        end=end,
        text=answer.text,
        segments=said or whole,
        language=answer.language if answer.text else "",
        is_timed=bool(said) or not answer.text,
    )


def _as_recording(recording: Recording, part: Converted) -> Recording:
    return replace(recording, file=part.file, content_type=part.format.content_type, seconds=part.seconds)


def _parts(connection: Connection, recording: Recording) -> Iterator[tuple[Recording, bool]]:
    """And whether it is the only one. What the model takes as it is goes as it is."""
    hearing = _hearing_of(connection)
    sound = probe(recording.file)
    if content_type := _taken_as(hearing, recording, sound):
        yield replace(recording, content_type=content_type, seconds=sound.seconds), True
        return
    left = sound.seconds
    for part in split(recording.file, to=OGG, part_seconds=min(PART_SECONDS, hearing.seconds)):
        left -= part.seconds
        yield _as_recording(recording, part), left < 1


def _hearing_of(connection: Connection) -> Hearing:
    module: Any = connector(connection.connector)
    return cast(Hearing, module.hearing_of(open_connection(connection).config))


def _taken_as(hearing: Hearing, recording: Recording, sound: Sound) -> str:
    """The content type it goes under, by what is in it; empty where it has to become another file first."""
    size = recording.file.seek(0, 2)
    recording.file.seek(0)
    if size > hearing.bytes or sound.seconds > hearing.seconds:
        return ""
    return hearing.formats.get((sound.container, sound.codec), "")

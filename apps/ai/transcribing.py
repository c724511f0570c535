"""A recording of any kind and length into text: made fit for who listens, heard part by part."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any, cast

from apps.ai.asking import hear
from apps.ai.contract import Hearing, Recording
from apps.core.audio import OGG, Sound, probe, split
from apps.core.text import joined
from apps.integrations.models import Connection
from apps.integrations.opening import open_connection
from apps.integrations.registry import connector
from apps.tenants.models import Tenant

# The same for every model: what was heard of a recording stays valid when another one goes on with it.
PART_SECONDS = 600
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
        yield (
            replace(recording, file=part.file, content_type=OGG.content_type, seconds=part.seconds),
            left < 1,
        )


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

"""A part of a call is listened to: each side of a stereo recording on its own, all that was heard kept."""

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from datetime import timedelta
from typing import Any, BinaryIO

from django.utils.translation import gettext_lazy as _

from apps.ai.asking import CapReached, is_locked_out, listener
from apps.ai.contract import Recording, Segment
from apps.ai.transcribing import Heard, listen
from apps.callanalysis.models import Call, CallPart, Side, settings_of
from apps.core.audio import OGG
from apps.core.errors import AuthFailed, ConfigInvalid, NotYet, RateLimited, Transient
from apps.core.files.storing import stored
from apps.core.models import State
from apps.core.text import joined
from apps.core.work import Effect
from apps.integrations.models import Connection

NO_LISTENER = _("No AI that listens is connected. It goes on by itself once there is one.")
# How often it is looked whether there is one, or it is paid for, or its settings are mended.
LOOK_AGAIN = timedelta(minutes=2)
# Then the worker is free for others: clients wait for their answers. The rest is the next run's.
ROUND = 60.0
# A side shorter than that has been heard.
REST = 0.05
WHOLE = ""


def hear(part: CallPart) -> Effect | None:
    """The work behind every part. What is wrong with the AI is no end of the call: it waits until mended."""
    connection = listener(part.tenant)
    if connection is None:
        raise _waiting(part)
    until = time.monotonic() + ROUND
    try:
        with stored(str(part.call.file.name)) as file:
            for side, heard in _heard(part, connection, file):
                _keep(part, side, heard)
                if time.monotonic() > until:
                    raise NotYet(after=timedelta())
    except (AuthFailed, ConfigInvalid, CapReached) as error:
        raise RateLimited(error.public, code=error.code, after=LOOK_AGAIN) from None
    return None


def _waiting(part: CallPart) -> RateLimited:
    """No try and no failure: its reason stands in the row meanwhile."""
    if is_locked_out(part.tenant, "hear"):
        return RateLimited(AuthFailed.public, code=AuthFailed.code, after=LOOK_AGAIN)
    return RateLimited(NO_LISTENER, code="no_listener", after=LOOK_AGAIN)


def sides_of(call: Call) -> dict[str, int | None]:
    """By its name which channel it is."""
    return {Side.LEFT.value: 0, Side.RIGHT.value: 1} if call.has_sides else {WHOLE: None}


def _heard(part: CallPart, connection: Connection, file: BinaryIO) -> Iterator[tuple[str, Heard]]:
    language = settings_of(part.tenant).language
    for side, channel in sides_of(part.call).items():
        start = part.heard.get("until", {}).get(side, part.start)
        span = (start, part.start + part.seconds)
        if span[1] - span[0] < REST:
            continue
        recording = Recording(
            file=file, content_type=OGG.content_type, language=language, before=_said_by(part, side)
        )
        parts = listen(
            tenant=part.tenant, connection=connection, recording=recording, span=span, side=channel
        )
        for heard in parts:
            yield side, heard


def _said_by(part: CallPart, side: str) -> str:
    return joined(*(one["text"] for one in part.said if not side or one["speaker"] == side))


def _keep(part: CallPart, side: str, heard: Heard) -> None:
    """While the row is still this worker's: otherwise another one is at it, and pays for the rest."""
    before = part.heard
    languages = Counter(before.get("languages", {}))
    if heard.language:
        languages[heard.language] += 1
    part.said = [*part.said, *(_line(one, side, heard) for one in heard.segments)]
    part.heard = {
        "until": {**before.get("until", {}), side: heard.end},
        "languages": dict(languages),
        "untimed": before.get("untimed", False) or not heard.is_timed,
    }
    part.language = languages.most_common(1)[0][0][:20] if languages else ""
    ours = CallPart.objects.filter(pk=part.pk, state=State.RUNNING, attempts=part.attempts)
    if not ours.update(said=part.said, heard=part.heard, language=part.language):
        raise Transient(code="lost")


def _line(segment: Segment, side: str, heard: Heard) -> dict[str, Any]:
    """The model's own «A» of one piece need not be the «A» of the next one: from the second on it says so."""
    minute = f"·{int(heard.start // 60)}" if segment.speaker and heard.start else ""
    line = asdict(segment) | {"speaker": side or segment.speaker + minute}
    return line | {"start": round(segment.start, 2), "end": round(segment.end, 2)}

"""A recording on its way from the CRM's link into our storage: downloaded, judged by what is in it, cut."""

import tempfile
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import BinaryIO, cast

from django.utils import timezone, translation

from apps.callanalysis import wording
from apps.callanalysis.looking import KINDS, UNREADABLE, look
from apps.callanalysis.models import Call, CallOutcome, CallPart, Stage, Waveform, settings_of
from apps.callanalysis.moving import advance, end
from apps.callanalysis.resuming import lay_aside, let_go, take_up
from apps.callanalysis.splitting import spans
from apps.core.audio import Outline, Sound, outline
from apps.core.errors import AuthFailed, OutsideError, Rejected, Transient
from apps.core.files.storing import store
from apps.core.http import Http
from apps.core.models import TROUBLED
from apps.core.work import Effect

MAX_BYTES = 100 * 1024 * 1024
# For all of it, which leaves time to read it; and for the next piece of it.
DEADLINE, TIMEOUT = 300.0, (10.0, 60.0)
# A CRM may send the link a moment before the exchange has put the file there.
SOON = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    path: str
    size: int
    sound: Sound
    outline: Outline
    is_cut_short: bool
    spans: list[tuple[float, float]]


def fetch(call: Call) -> Effect:
    """The work behind every call. Fetching twice leaves one row and at most one orphan file."""
    with tempfile.TemporaryFile() as spool:
        file = cast(BinaryIO, spool)
        size = _download(call, file)
        sound, is_cut_short = look(file)
        least = settings_of(call.tenant).least_seconds
        if sound.seconds < least:
            return partial(_skip, call, sound, least)
        drawn = outline(file, seconds=sound.seconds, channels=sound.channels)
        parts = spans(file, sound)
        file.seek(0)
        fetched = Fetched(
            path=store(_path(call, sound), file),
            size=size,
            sound=sound,
            outline=drawn,
            is_cut_short=is_cut_short,
            spans=parts,
        )
    return partial(_keep, call, fetched)


def _download(call: Call, to: BinaryIO) -> int:
    codes: Mapping[int, type[OutsideError]] = {401: Rejected, 404: Transient}
    progress = take_up(call, to)
    try:
        with Http(timeout=TIMEOUT, codes=codes) as http:
            found = http.download(
                str(call.link.get("audio_url", "")),
                max_bytes=MAX_BYTES,
                to=to,
                deadline=DEADLINE,
                progress=progress,
            )
    except Transient as error:
        if error.code == "tls_error" or (
            error.code == "http_404" and timezone.now() > call.received_at + SOON
        ):
            raise Rejected(wording.NOT_FETCHED[error.code], code=error.code) from None
        lay_aside(call, to, progress)
        raise
    except Rejected as error:
        raise Rejected(wording.NOT_FETCHED.get(error.code, wording.REFUSED), code=error.code) from None
    except AuthFailed:
        raise Rejected(wording.NOT_FETCHED["http_401"], code="http_401") from None
    let_go(call)
    if not found.size:
        raise Rejected(wording.EMPTY, code="empty_file")
    return found.size


def _path(call: Call, sound: Sound) -> str:
    """By the day on which it is written, so that what a killed worker left there is found: see `sweeping`."""
    day, suffix = timezone.now().date().isoformat(), KINDS[sound.container][1]
    return f"tenants/{call.tenant_id}/calls/{day}/{uuid.uuid4().hex}{suffix}"


def _skip(call: Call, sound: Sound, least: int) -> None:
    call.seconds = sound.seconds
    call.save(update_fields=["seconds"])
    with translation.override(call.tenant.language):
        end(call, CallOutcome.SKIPPED, wording.too_short(least))


def _keep(call: Call, fetched: Fetched) -> None:
    sound = fetched.sound
    call.file.name, call.size = fetched.path, fetched.size
    call.content_type = KINDS[sound.container][0]
    call.seconds, call.rate, call.channels = sound.seconds, sound.rate, sound.channels
    call.has_sides = fetched.outline.are_two_voices
    with translation.override(call.tenant.language):
        call.remark = str(wording.CUT_SHORT) if fetched.is_cut_short else ""
    call.save(
        update_fields=["file", "size", "content_type", "seconds", "rate", "channels", "has_sides", "remark"]
    )
    Waveform.objects.update_or_create(
        call=call, defaults={"tenant_id": call.tenant_id, "peaks": fetched.outline.peaks}
    )
    CallPart.objects.bulk_create(
        CallPart(tenant_id=call.tenant_id, call=call, number=number, start=start, seconds=until - start)
        for number, (start, until) in enumerate(fetched.spans, start=1)
    )
    advance(call, Stage.TRANSCRIBING)


def settled(call: Call) -> None:
    if call.state in TROUBLED:
        outcome = CallOutcome.UNREADABLE if call.error_code in UNREADABLE else CallOutcome.FAILED
        with translation.override(call.tenant.language):
            end(call, outcome, wording.why_not_fetched(call))

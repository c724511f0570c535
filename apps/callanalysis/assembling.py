"""The parts of a call become one transcript, once the last of them has been heard."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from apps.callanalysis import analysing
from apps.callanalysis.measuring import CLIENT, MANAGER, measure
from apps.callanalysis.models import (
    AnalysisSettings,
    Call,
    CallOutcome,
    CallPart,
    Side,
    Stage,
    Transcript,
    settings_of,
)
from apps.callanalysis.moving import advance, end
from apps.callanalysis.recognising import recognise
from apps.callanalysis.wording import why_not_heard
from apps.core.models import State


def settled(part: CallPart) -> None:
    """In the transaction that settles a part. Of two at once the second waits for the call, and sees both."""
    call = Call.objects.select_for_update(of=("self",)).select_related("tenant").get(pk=part.call_id)
    parts = list(call.parts.order_by("number"))
    if not all(one.is_settled for one in parts) or Transcript.objects.filter(call=call).exists():
        return
    if lacking := [one for one in parts if one.state != State.DONE]:
        with translation.override(call.tenant.language):
            end(call, CallOutcome.FAILED, _reason(lacking[0], len(parts)))
    else:
        _assemble(call, parts)


def _reason(part: CallPart, parts: int) -> str:
    """Half of a conversation is not judged as if it were the whole. What was heard stays for the next try."""
    if parts == 1:
        return why_not_heard(part)
    return _("Part %(number)d of %(parts)d was not heard: %(reason)s") % {
        "number": part.number,
        "parts": parts,
        "reason": why_not_heard(part),
    }


def _assemble(call: Call, parts: Sequence[CallPart]) -> None:
    wanted = settings_of(call.tenant)
    said = [line for part in parts for line in part.said]
    segments = sorted((_named(line, wanted) for line in said), key=lambda one: (one["start"], one["end"]))
    languages: Counter[str] = Counter()
    for part in parts:
        languages.update(part.heard.get("languages", {}))
    is_timed = not any(part.heard.get("untimed") for part in parts)
    transcript = Transcript.objects.create(
        tenant=call.tenant,
        call=call,
        language=languages.most_common(1)[0][0][:20] if languages else "",
        segments=segments,
        text="\n".join(one["text"] for one in segments),
        figures=measure(segments, seconds=call.seconds or 0) if is_timed and segments else {},
    )
    if outcome := recognise(segments, languages=languages.keys(), expected=wanted.language):
        end(call, outcome)
    else:
        advance(call, Stage.ANALYSING)
        analysing.begin(transcript)


def _named(line: dict[str, Any], wanted: AnalysisSettings) -> dict[str, Any]:
    if line["speaker"] not in Side.values:
        return line
    return line | {"speaker": MANAGER if line["speaker"] == wanted.manager_side else CLIENT}

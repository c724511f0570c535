"""A talk judged by a checklist: one question for all stages not answered yet, and marks with evidence."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from django.utils import timezone

from apps.ai.judging import Criterion, Verdict, judge
from apps.appeals.models import Appeal
from apps.callanalysis import announcing
from apps.callanalysis.consulting import consulting, thinker
from apps.callanalysis.conversing import segments_of, talk_of
from apps.callanalysis.evidence import Spoken
from apps.callanalysis.models import Call, Mark, MarkStatus, Scorecard
from apps.callanalysis.models.checklist import DONE, NOT_DONE
from apps.callanalysis.scoring import Totals, total
from apps.core.work import Effect

Stage = Mapping[str, Any]


def score(scorecard: Scorecard) -> Effect:
    """The work behind every scorecard. Stages asked in these words before are not paid for again."""
    known = {mark.stage_id: mark for mark in scorecard.marks.all()}
    lacking = [
        one for one in scorecard.version.items if not _stays(known.get(one["id"]), one, scorecard.is_anew)
    ]
    found = ask_about(scorecard.subject, lacking) if lacking else []
    return partial(_keep, scorecard, found)


def ask_about(subject: Call | Appeal, stages: Sequence[Stage]) -> list[Mark]:
    """Marks without a scorecard. Raises `core.errors`; call it outside a transaction."""
    segments, connection = segments_of(subject), thinker(subject.tenant)
    criteria = [Criterion(id=one["id"], name=one["name"], criterion=one["criterion"]) for one in stages]
    with consulting():
        verdicts = judge(
            tenant=subject.tenant, connection=connection, talk=talk_of(subject, segments), criteria=criteria
        )
    return read_marks(segments, stages, verdicts)


def read_marks(
    segments: Sequence[dict[str, Any]], stages: Sequence[Stage], verdicts: Mapping[str, Verdict]
) -> list[Mark]:
    spoken = Spoken(segments)
    return [
        _mark(spoken, stage, verdicts.get(stage["id"]) or Verdict(id=stage["id"], value=None))
        for stage in stages
    ]


def _stays(mark: Mark | None, stage: Stage, is_anew: bool) -> bool:
    """Asked anew or not, what people have judged holds."""
    return mark is not None and is_answered(mark, stage) and not (is_anew and mark.corrected_at is None)


def is_answered(mark: Mark | None, stage: Stage) -> bool:
    return mark is not None and (mark.stage_name, mark.criterion) == (stage["name"], stage["criterion"])


def _mark(spoken: Spoken, stage: Stage, verdict: Verdict) -> Mark:
    """«Done» must be said; «not done» may be a silence, but not rest on words that nobody said."""
    found = spoken.find(verdict.quote, line=verdict.line)
    status = {DONE: MarkStatus.COMPLETED, NOT_DONE: MarkStatus.FAILED}.get(
        verdict.value or 0, MarkStatus.CANNOT_JUDGE
    )
    is_claimed = verdict.value == DONE or (verdict.value == NOT_DONE and bool(verdict.quote))
    if found is None and is_claimed:
        status = MarkStatus.NOT_PROVEN
    return Mark(
        stage_id=stage["id"],
        stage_name=stage["name"],
        criterion=stage["criterion"],
        said=verdict.value,
        status=status,
        comment=verdict.comment,
        quote=found.quote if found else "",
        second=found.second if found else None,
        speaker=found.speaker if found else "",
        message_id=found.message if found else None,
        score=verdict.value if status in (MarkStatus.COMPLETED, MarkStatus.FAILED) else None,
    )


REPLACED = (
    *(
        "stage_name",
        "criterion",
        "said",
        "status",
        "comment",
        "quote",
        "second",
        "speaker",
        "message",
        "score",
    ),
    *("human", "corrected_at", "position", "weight", "is_critical", "tenant"),
)


def _keep(scorecard: Scorecard, found: Sequence[Mark]) -> None:
    """Under the scorecard's lock. What a person said of another criterion holds no more, but is kept."""
    stages = {stage["id"]: place for place, stage in enumerate(scorecard.version.items)}
    scorecard.marks.exclude(stage_id__in=stages).delete()
    decided = {one.stage_id: one for one in scorecard.marks.exclude(corrected_at=None)}
    # Not what somebody has judged while the AI was thinking.
    taken = [one for one in found if not is_answered(decided.get(one.stage_id), _asked(one))]
    for mark in taken:
        mark.scorecard, mark.tenant_id = scorecard, scorecard.tenant_id
    Mark.objects.bulk_create(
        taken,
        update_conflicts=True,
        unique_fields=["scorecard", "stage_id"],
        update_fields=[*REPLACED],
    )
    marks = {mark.stage_id: mark for mark in scorecard.marks.all()}
    for name, place in stages.items():
        _set_out(marks[name], scorecard.version.items[place], place)
    Mark.objects.bulk_update(marks.values(), ["position", "weight", "is_critical"])
    scorecard.finished_at, scorecard.is_anew = timezone.now(), False
    scorecard.save(update_fields=["finished_at", "is_anew"])
    add_up(scorecard, [marks[name] for name in stages])
    announcing.announce_scorecard(scorecard)


def _asked(mark: Mark) -> Stage:
    return {"name": mark.stage_name, "criterion": mark.criterion}


def _set_out(mark: Mark, stage: Stage, place: int) -> None:
    mark.position, mark.weight, mark.is_critical = place, stage["weight"], stage["critical"]


def add_up(scorecard: Scorecard, marks: Sequence[Mark]) -> Totals:
    totals = total(marks)
    scorecard.total_score, scorecard.max_score = totals.total_score, totals.max_score
    scorecard.percentage, scorecard.failed_critical = totals.percentage, totals.failed_critical
    scorecard.not_proven = totals.not_proven
    scorecard.save(update_fields=["total_score", "max_score", "percentage", "failed_critical", "not_proven"])
    return totals

"""The statements that make a day's figures: all from what is there, nothing from the figures before.

A week's are made of its days, once those are right.
"""

from collections.abc import Mapping
from dataclasses import dataclass

UNMARK = """
DELETE FROM callanalysis_stalecalls AS mark USING unnest(%(since)s::timestamptz[], %(until)s::timestamptz[])
    AS given(since, until)
WHERE mark.tenant_id = %(tenant)s AND mark.at >= given.since AND mark.at < given.until
"""

_GIVEN = """
WITH given AS (
    SELECT * FROM unnest(%(days)s::date[], %(since)s::timestamptz[], %(until)s::timestamptz[])
        AS given(day, since, until)
),
calls AS MATERIALIZED (
    SELECT call.id, given.day, call.sales_manager_id, call.stage_id AS funnel, call.outcome, call.seconds
    FROM given JOIN callanalysis_call AS call ON call.tenant_id = %(tenant)s
        AND call.received_at >= given.since AND call.received_at < given.until
)
"""
_KEY = "%(tenant)s::bigint, calls.day, calls.sales_manager_id, calls.funnel"
_BY = "calls.day, calls.sales_manager_id"

_CALLS = f"""
SELECT {_KEY}, count(*),
    count(*) FILTER (WHERE outcome = 'analysed'),
    count(*) FILTER (WHERE outcome = 'skipped'),
    count(*) FILTER (WHERE outcome IN ('silence', 'voicemail', 'wrong_language')),
    count(*) FILTER (WHERE outcome IN ('failed', 'unreadable')),
    count(*) FILTER (WHERE outcome = ''),
    count(told.talk_ratio), coalesce(sum(told.talk_ratio), 0),
    coalesce(sum(told.monologue) FILTER (WHERE told.talk_ratio IS NOT NULL), 0),
    coalesce(sum(told.cut_in) FILTER (WHERE told.talk_ratio IS NOT NULL), 0),
    coalesce(sum(told.was_cut_in) FILTER (WHERE told.talk_ratio IS NOT NULL), 0),
    count(told.silence), coalesce(sum(told.silence), 0),
    coalesce(sum(calls.seconds::numeric(16, 3)) FILTER (WHERE told.silence IS NOT NULL), 0)
FROM calls LEFT JOIN LATERAL (
    SELECT (figures ->> 'talk_ratio')::numeric(16, 3) AS talk_ratio,
        (figures -> 'longest_monologue' ->> 'manager')::numeric(16, 3) AS monologue,
        (figures -> 'interruptions' ->> 'manager')::int AS cut_in,
        (figures -> 'interruptions' ->> 'client')::int AS was_cut_in,
        CASE WHEN calls.seconds > 0 THEN (figures ->> 'silence')::numeric(16, 3) END AS silence
    FROM callanalysis_transcript AS transcript
    WHERE transcript.call_id = calls.id AND calls.outcome = 'analysed'
) AS told ON true
GROUP BY GROUPING SETS (({_BY}, calls.funnel), ({_BY}))
"""

# A scorecard that is being done again counts as it was until then.
_COUNTED = """
FROM calls JOIN callanalysis_scorecard AS card ON card.call_id = calls.id
    AND calls.outcome = 'analysed' AND card.finished_at IS NOT NULL
"""
_CHECKLISTS = f"""
SELECT {_KEY}, card.checklist_id, count(DISTINCT calls.id),
    count(DISTINCT calls.id) FILTER (WHERE card.failed_critical), count(*), sum(card.percentage)
{_COUNTED} AND card.percentage IS NOT NULL
GROUP BY GROUPING SETS (
    ({_BY}, calls.funnel), ({_BY}, calls.funnel, card.checklist_id), ({_BY}), ({_BY}, card.checklist_id)
)
"""

_CRITERIA = f"""
SELECT {_KEY}, card.checklist_id, mark.stage_id,
    count(*) FILTER (WHERE mark.score = 1),
    count(*) FILTER (WHERE mark.score = -1),
    count(*) FILTER (
        WHERE mark.score IS NULL AND (mark.corrected_at IS NOT NULL OR mark.status <> 'not_proven')
    ),
    count(*) FILTER (WHERE mark.score IS NULL AND mark.corrected_at IS NULL AND mark.status = 'not_proven'),
    count(mark.corrected_at),
    count(mark.corrected_at) FILTER (WHERE mark.human IS NOT DISTINCT FROM mark.said)
{_COUNTED} JOIN callanalysis_mark AS mark ON mark.scorecard_id = card.id
GROUP BY GROUPING SETS (
    ({_BY}, calls.funnel, card.checklist_id, mark.stage_id), ({_BY}, card.checklist_id, mark.stage_id)
)
"""

_WHOSE = ("tenant_id", "day", "sales_manager_id", "funnel")
_STORED_DAYS = "WHERE tenant_id = %(tenant)s AND NOT is_week AND day = ANY(%(days)s::date[])"
_STORED_WEEKS = "WHERE tenant_id = %(tenant)s AND is_week AND day = ANY(%(mondays)s::date[])"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollup:
    """A table of figures, what they are of besides day, manager and funnel, and what they are made of."""

    table: str
    of: tuple[str, ...]
    sums: tuple[str, ...]
    source: str

    @property
    def redo(self) -> tuple[str, ...]:
        """One after another: the days, then the weeks that they are in."""
        into = f"INSERT INTO {self.table} ({self._columns}, is_week)"
        return (
            f"DELETE FROM {self.table} {_STORED_DAYS}",
            f"{into} {_GIVEN} SELECT made.*, false FROM ({self.source}) AS made",
            f"DELETE FROM {self.table} {_STORED_WEEKS}",
            f"{into} SELECT made.*, true FROM ({self._weeks}) AS made",
        )

    @property
    def differing(self) -> tuple[str, str]:
        """In how many rows the days are not what calls add up to, and the weeks not what days do."""
        return (
            f"{_GIVEN}, made AS ({self.source}), {self._differing(_STORED_DAYS)}",
            f"WITH made AS ({self._weeks}), {self._differing(_STORED_WEEKS)}",
        )

    @property
    def _columns(self) -> str:
        return ", ".join((*_WHOSE, *self.of, *self.sums))

    @property
    def _weeks(self) -> str:
        key = ", ".join(("tenant_id", "date_trunc('week', day)::date", *_WHOSE[2:], *self.of))
        sums = ", ".join(f"sum({one})" for one in self.sums)
        return (
            f"SELECT {key}, {sums} FROM {self.table} WHERE tenant_id = %(tenant)s AND NOT is_week"
            f" AND day = ANY(%(of_weeks)s::date[]) GROUP BY {key}"
        )

    def _differing(self, which: str) -> str:
        """Rows that stand there and should not, or don't and should."""
        return f"""stored AS (SELECT {self._columns} FROM {self.table} {which})
            SELECT count(*) FROM (
                (SELECT * FROM made EXCEPT ALL SELECT * FROM stored)
                UNION ALL (SELECT * FROM stored EXCEPT ALL SELECT * FROM made)
            ) AS differing"""


def _rollup(table: str, source: str, *sums: str, of: tuple[str, ...] = ()) -> Rollup:
    return Rollup(table=f"callanalysis_{table}", of=of, sums=sums, source=source)


ROLLUPS: Mapping[str, Rollup] = {
    "calls": _rollup(
        "dayofcalls", _CALLS, "received", "analysed", "skipped", "unheard", "failed", "working",
        "measured", "talk_ratio", "monologue", "cut_in", "was_cut_in", "timed", "silence", "seconds",
    ),
    "checklists": _rollup(
        "dayofchecklists", _CHECKLISTS, "calls", "critical", "scorecards", "percentage",
        of=("checklist_id",),
    ),
    "criteria": _rollup(
        "dayofcriteria", _CRITERIA, "completed", "failed", "cannot_judge", "not_proven", "checked", "agreed",
        of=("checklist_id", "stage_id"),
    ),
}  # fmt: skip

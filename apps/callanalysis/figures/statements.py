"""The statements that make a day's figures: all from what is there, nothing from the figures before."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollup:
    """A table of figures, and what they are made of."""

    table: str
    columns: tuple[str, ...]
    source: str

    @property
    def delete(self) -> str:
        return f"DELETE FROM {self.table} WHERE tenant_id = %(tenant)s AND day = ANY(%(days)s::date[])"

    @property
    def insert(self) -> str:
        return f"INSERT INTO {self.table} ({', '.join(self.columns)}) {_GIVEN} {self.source}"

    @property
    def differing(self) -> str:
        """How many rows stand there that should not, or don't that should."""
        stored = (
            f"SELECT {', '.join(self.columns)} FROM {self.table} "
            "WHERE tenant_id = %(tenant)s AND day = ANY(%(days)s::date[])"
        )
        return f"""{_GIVEN}, made AS ({self.source}), stored AS ({stored})
            SELECT count(*) FROM (
                (SELECT * FROM made EXCEPT ALL SELECT * FROM stored)
                UNION ALL (SELECT * FROM stored EXCEPT ALL SELECT * FROM made)
            ) AS differing"""


def _rollup(table: str, source: str, *columns: str) -> Rollup:
    return Rollup(table=f"callanalysis_{table}", columns=(*_WHOSE, *columns), source=source)


ROLLUPS: Mapping[str, Rollup] = {
    "calls": _rollup(
        "dayofcalls", _CALLS, "received", "analysed", "skipped", "unheard", "failed", "working",
        "measured", "talk_ratio", "monologue", "cut_in", "was_cut_in", "timed", "silence", "seconds",
    ),
    "checklists": _rollup(
        "dayofchecklists", _CHECKLISTS, "checklist_id", "calls", "critical", "scorecards", "percentage"
    ),
    "criteria": _rollup(
        "dayofcriteria", _CRITERIA, "checklist_id", "stage_id",
        "completed", "failed", "cannot_judge", "not_proven", "checked", "agreed",
    ),
}  # fmt: skip

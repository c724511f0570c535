"""A report for people, and for scripts."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from apps.tenants.provisioning.report import CREATED, UNCHANGED, Change, Difference, Report

_SIGNS = {"created": "+", "changed": "~", "unchanged": " "}


def as_lines(report: Report) -> Iterator[str]:
    for change in report.changes:
        yield from _change(change)
    for kind, rows in report.told.items():
        yield f"{kind}:"
        yield from ("  " + "  ".join(value for value in row.values() if value) for row in rows)
    if not report.is_change:
        yield "no changes"
    elif report.dry_run:
        yield "dry run: nothing of this was done"


def as_json(report: Report) -> dict[str, Any]:
    """`webhooks` and `errors` are always there; what else a section tells is under a name of its own."""
    return {
        "tenant": report.tenant,
        "dry_run": report.dry_run,
        "changed": report.is_change and not report.dry_run,
        "changes": [asdict(change) for change in report.changes],
        "webhooks": [],
        **report.told,
        "errors": [
            {"line": problem.line, "field": problem.field, "message": problem.text}
            for problem in report.problems
        ],
    }


def _change(change: Change) -> Iterator[str]:
    yield f"{_SIGNS[change.kind]} {change.what} {change.key}: {change.kind}"
    if change.kind != UNCHANGED:
        yield from (_difference(one, new=change.kind == CREATED) for one in change.differences)
    yield from (f"    {note}" for note in change.notes)


def _difference(one: Difference, *, new: bool) -> str:
    before, after = one.before or "—", one.after or "—"
    return f"    {one.field}: {after}" if new else f"    {one.field}: {before} → {after}"

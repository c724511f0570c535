"""Applies a file to the database: all of it in one transaction, or nothing."""

from pathlib import Path

import structlog
from django.db import connection, transaction
from django.utils import translation
from django.views.decorators.debug import sensitive_variables

from apps.tenants.provisioning.document import Document, Unreadable, read_document
from apps.tenants.provisioning.report import Report
from apps.tenants.provisioning.run import Run
from apps.tenants.provisioning.sections import section_names, sections

log = structlog.get_logger(__name__)

# Any number of our own: two runs at once take turns.
_TURN = 7_083_451


@sensitive_variables()
def provision(content: bytes, *, folder: Path, dry_run: bool = False, ask_services: bool = True) -> Report:
    """`folder` is what paths in the file are relative to. A dry run does everything, and takes it back."""
    # Commands speak English; what is stored for people is in the tenant's language.
    with translation.override("en"):
        try:
            document = read_document(content)
        except Unreadable as unreadable:
            return Report(dry_run=dry_run, problems=[unreadable.problem])
        run = Run(document=document, folder=folder, dry_run=dry_run)
        _refuse_unknown(run, document)
        _apply(run)
        if ask_services and not dry_run and not run.problems:
            _follow_up(run)
    return _report(run)


def _refuse_unknown(run: Run, document: Document) -> None:
    known = section_names()
    for name in document.data:
        if name not in known:
            run.problem((name,), f"This version has no such section; it has: {', '.join(known)}.")


def _apply(run: Run) -> None:
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_TURN])
        for section in sections():
            section.apply(run)
        if run.dry_run or run.problems:
            transaction.set_rollback(True)


def _follow_up(run: Run) -> None:
    for follow_up in run.follow_ups:
        try:
            kind, row = follow_up()
        except Exception:
            # Everything is applied already: one service's trouble must not hide the report.
            log.exception("provision.follow_up_broke")
            kind, row = "checks", {"error": "Our own error. It is logged."}
        run.tell(kind, **row)


def _report(run: Run) -> Report:
    problems = sorted(run.problems, key=lambda problem: problem.line)
    if problems:
        return Report(dry_run=run.dry_run, problems=problems)
    return Report(tenant=run.tenant.slug, dry_run=run.dry_run, changes=run.changes, told=run.told)

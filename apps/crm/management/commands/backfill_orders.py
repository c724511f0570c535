"""Queues orders of appeals that were agreed before the CRM was connected; the workers bring them.

Every appeal's order is a row of its own and there is one of each: killed anywhere it goes on when it is
started again, and what is queued already is not queued twice. See docs/crm.md.
"""

from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.core.management.base import BaseCommand, CommandError
from django.utils import translation

from apps.appeals.models import Appeal
from apps.crm.composing import compose
from apps.crm.ordering import crms, earlier_without_order, make_rows
from apps.integrations.models import Connection

# Each a transaction of its own.
AT_ONCE = 200


class Command(BaseCommand):
    help = (
        "Queues an order for every appeal that was agreed since a date and has none in the CRM. Started "
        "again, it goes on where it was."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--since", required=True, metavar="DATE", help="2026-01-31, or with a time")
        parser.add_argument("--connection", metavar="KEY", help="where several CRMs are connected")
        parser.add_argument("--tenant", metavar="SLUG", help="where several organisations have one")
        parser.add_argument("--plan", action="store_true", help="only count what would be sent")

    def handle(self, *args: Any, **options: Any) -> None:
        connection = _connection(options["tenant"], options["connection"])
        since = _moment(options["since"], ZoneInfo(connection.tenant.timezone))
        appeals = earlier_without_order(connection, since=since)
        if options["plan"]:
            self._plan(connection, appeals.iterator(chunk_size=AT_ONCE))
        else:
            self._queue(connection, since)

    def _plan(self, connection: Connection, appeals: Iterator[Appeal]) -> None:
        """Reads each as it would be sent; asks nobody and writes nothing."""
        ready, lacking = 0, Counter[str]()
        with translation.override("en"):
            for appeal in appeals:
                obstacles = compose(appeal, connection).obstacles
                ready += not obstacles
                lacking.update(str(one) for one in obstacles)
        lack = lacking.total()
        self.stdout.write(f"{connection}: {ready} orders would be sent, {lack} can't go as they are.")
        for why, count in lacking.most_common():
            self.stdout.write(f"  {count}: {why}")

    def _queue(self, connection: Connection, since: datetime) -> None:
        queued = 0
        while appeals := list(earlier_without_order(connection, since=since)[:AT_ONCE]):
            made = make_rows(connection, appeals, in_bulk=True)
            queued += made
            if not made:
                break  # another run is at the same ones
        self.stdout.write(f"{connection}: {queued} orders queued. The workers send them, people's own first.")


def _connection(tenant: str | None, key: str | None) -> Connection:
    rows = Connection.objects.filter(is_active=True, connector__in=crms()).select_related("tenant")
    if tenant:
        rows = rows.filter(tenant__slug=tenant)
    if key:
        rows = rows.filter(key=key)
    found = list(rows.order_by("pk")[:2])
    if not found:
        raise CommandError("No such CRM is connected.")
    if len(found) > 1:
        raise CommandError("Several CRMs are connected: add --connection KEY, or --tenant SLUG.")
    return found[0]


def _moment(text: str, zone: ZoneInfo) -> datetime:
    """A day begins at the organisation's own midnight."""
    try:
        day = datetime.combine(date.fromisoformat(text), time()) if len(text) == 10 else None
        said = day or datetime.fromisoformat(text)
    except ValueError:
        raise CommandError(f"{text} is no date such as 2026-01-31.") from None
    return said if said.tzinfo else said.replace(tzinfo=zone)

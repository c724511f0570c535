"""Orders that what was said in a channel before is brought; the workers bring it. See docs/channels.md."""

from argparse import ArgumentParser
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from apps.appeals.planning import plan
from apps.channels.backfill import order_history
from apps.channels.halting import resume_history, stop_history
from apps.channels.models import Backfill, Channel
from apps.core.errors import OutsideError


class Command(BaseCommand):
    help = (
        "Brings earlier messages of a channel: the order is a row that the workers go on with, whatever is "
        "killed in between. What is here already is not doubled, and nobody is alarmed by what is old."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--channel",
            required=True,
            metavar="KEY|PUBLIC_ID",
            help="--channel=… where it begins with a dash",
        )
        parser.add_argument("--tenant", metavar="SLUG", help="where several organisations have this key")
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--since", metavar="DATE", help="2026-01-31, or with a time")
        what.add_argument("--stop", action="store_true", help="what is under way; what was found stays")
        what.add_argument("--resume", action="store_true", help="what was stopped, or has failed")
        parser.add_argument("--until", metavar="DATE", help="not included; until now where it is left out")
        parser.add_argument("--plan", action="store_true", help="only count what would be brought")

    def handle(self, *args: Any, **options: Any) -> None:
        channel = _channel(options["channel"], options["tenant"])
        if options["stop"]:
            return self._stop(channel)
        try:
            if options["resume"]:
                return self._tell(channel, "goes on as", resume_history(channel=channel))
            self._bring(channel, options)
        except OutsideError as error:
            raise CommandError(str(error.public)) from None

    def _bring(self, channel: Channel, options: dict[str, Any]) -> None:
        zone = ZoneInfo(channel.tenant.timezone)
        since = _moment(options["since"], zone)
        until = _moment(options["until"], zone) if options["until"] else timezone.now()
        if options["plan"]:
            self._plan(channel, since, until)
        else:
            self._tell(channel, "ordered as", order_history(channel=channel, since=since, until=until))

    def _stop(self, channel: Channel) -> None:
        said = "stops after the page in hand" if stop_history(channel=channel) else "nothing is under way"
        self.stdout.write(f"{channel.name}: {said}.")

    def _plan(self, channel: Channel, since: datetime, until: datetime) -> None:
        found = plan(channel=channel, since=since, until=until)
        self.stdout.write(
            f"{channel.name}: {found['client']} of clients and {found['own']} of our own would be brought; "
            f"{found['here']} are here already, {found['other']} hold nothing for people."
        )

    def _tell(self, channel: Channel, what: str, row: Backfill) -> None:
        address = reverse("admin:channels_backfill_change", args=[row.pk])
        self.stdout.write(f"{channel.name}: {what} {row}. The workers bring it; how far it is: {address}")


def _channel(name: str, tenant: str | None) -> Channel:
    rows = Channel.objects.select_related("connection", "tenant").filter(Q(key=name) | Q(public_id=name))
    found = list(rows.filter(tenant__slug=tenant) if tenant else rows)
    if not found:
        raise CommandError(f"There is no channel {name}.")
    if len(found) > 1:
        slugs = ", ".join(sorted(channel.tenant.slug for channel in found))
        raise CommandError(f"Several organisations have a channel {name}: add --tenant, one of {slugs}.")
    return found[0]


def _moment(text: str, zone: ZoneInfo) -> datetime:
    """A day begins at the organisation's own midnight."""
    try:
        said = (
            datetime.combine(date.fromisoformat(text), time())
            if len(text) == 10
            else datetime.fromisoformat(text)
        )
    except ValueError:
        raise CommandError(f"{text} is no date such as 2026-01-31.") from None
    return said if said.tzinfo else said.replace(tzinfo=zone)

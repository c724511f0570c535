"""What a person should know before a connection is cut: what stops, what stays, how much it is used."""

from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.integrations.contract import Category
from apps.integrations.models import ActionLog, Connection
from apps.integrations.registry import connector

USED_WITHIN = timedelta(days=7)

_STOPS: dict[Category, tuple[str | Promise, ...]] = {
    Category.MESSENGER: (
        _("Messages that clients write there are no longer taken."),
        _("Answers that wait to be sent through it are not sent."),
    ),
    Category.AI: (_("Appeals go to operators without what this service would have read or drafted."),),
    Category.CRM: (_("Orders are no longer passed on."),),
    Category.ADS: (_("Audiences are no longer uploaded."),),
    Category.PUSH: (_("Colleagues get no notifications through it."),),
}
_OTHERWISE = (_("Nothing is asked of this service any more."),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Consequences:
    stops: tuple[str | Promise, ...]
    stays: tuple[str | Promise, ...]
    # Requests that left through it lately.
    requests: int


def consequences(connection: Connection) -> Consequences:
    since = timezone.now() - USED_WITHIN
    return Consequences(
        stops=_STOPS.get(connector(connection.connector).SPEC.category, _OTHERWISE),
        stays=(
            _("What has come in so far, and its history."),
            _("All settings but the secrets, so that connecting it again asks for the key only."),
        ),
        requests=ActionLog.objects.filter(connection=connection, at__gte=since).count(),
    )

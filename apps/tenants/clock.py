"""Times in sentences: as the clock on the tenant's own wall has them."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.functional import lazy

from apps.tenants.models import Tenant


def on_the_wall(at: datetime, tenant: Tenant) -> str:
    """Day and minute, written as the reader's language does."""
    return date_format(at.astimezone(ZoneInfo(tenant.timezone)), "SHORT_DATETIME_FORMAT")


# For texts that are kept in every language.
on_the_wall_lazy = lazy(on_the_wall, str)

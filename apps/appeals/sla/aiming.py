"""An organisation's targets are set as a whole: for all channels, and for those that have their own."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from apps.appeals.models import Target
from apps.appeals.sla import recounting
from apps.tenants.models import Tenant


def set_targets(*, tenant: Tenant, wanted: Mapping[int | None, dict[str, Any] | None]) -> None:
    """By channel id, None for all channels; None takes a target away. Open deadlines follow by themselves."""
    with transaction.atomic():
        # One at a time, so that two who press at once do not make two general targets.
        locked = Tenant.objects.select_for_update(no_key=True).get(pk=tenant.pk)
        for channel_id, values in wanted.items():
            mine = Target.objects.filter(tenant=locked, channel=channel_id)
            if values is None:
                mine.delete()
            elif not mine.update(**values):
                Target.objects.create(tenant=locked, channel_id=channel_id, **values)
        recounting.order(locked)

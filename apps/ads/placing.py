"""In which accounts an audience is; whoever is in one that it was taken off leaves it (`ads.launching`)."""

from collections.abc import Iterable

from django.db import transaction

from apps.ads.models import Audience, Placement
from apps.integrations.models import Connection


@transaction.atomic
def place(audience: Audience, connections: Iterable[Connection]) -> None:
    wanted = {one.pk for one in connections}
    theirs = Placement.objects.filter(audience=audience)
    theirs.exclude(connection__in=wanted).update(is_wanted=False)
    theirs.filter(connection__in=wanted).update(is_wanted=True)
    there = set(theirs.values_list("connection", flat=True))
    Placement.objects.bulk_create(
        Placement(tenant_id=audience.tenant_id, audience=audience, connection_id=pk)
        for pk in sorted(wanted - there)
    )

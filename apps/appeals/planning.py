"""What bringing a channel's history would bring: everything is read, and nothing is written."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

from django.db.models import Q
from django.utils import timezone

from apps.appeals.models import Message
from apps.channels.backfill import pause_of, refuse
from apps.channels.contract import Incoming
from apps.channels.models import Channel, Delivery
from apps.core.errors import RateLimited, Rejected
from apps.integrations.opening import open_connection
from apps.integrations.registry import connector

Wait = Callable[[float], None]


def plan(*, channel: Channel, since: datetime, until: datetime, wait: Wait = time.sleep) -> Counter[str]:
    """Counts of `client` and `own` messages that are not here yet, `here`, `other` (nothing for people).

    The service's limits are waited out. Raises `core.errors` for everything else.
    """
    refuse(channel=channel, since=since, until=until)
    found: Counter[str] = Counter()
    for bodies in _pages(channel, since, until, wait):
        items = list(_items(channel, bodies))
        found["other"] += items.count(None)
        messages = [item for item in items if item is not None]
        known = _known(channel, messages)
        for item in messages:
            here = item.external_message_id in known
            found["here" if here else "own" if item.from_us else "client"] += 1
    return found


def _pages(channel: Channel, since: datetime, until: datetime, wait: Wait) -> Iterator[tuple[bytes, ...]]:
    module, cursor = connector(channel.connection.connector), ""
    while True:
        try:
            page = module.history(
                open_connection(channel.connection), since=since, until=until, cursor=cursor
            )
        except RateLimited as limited:
            wait(limited.after.total_seconds())
            continue
        yield page.bodies
        if not page.cursor:
            return
        cursor = page.cursor
        wait(pause_of(module).total_seconds())


def _items(channel: Channel, bodies: Iterable[bytes]) -> Iterator[Incoming | None]:
    module = connector(channel.connection.connector)
    for body in bodies:
        try:
            items = module.parse(body, received_at=timezone.now(), timezone=channel.tenant.timezone)
        except Rejected:
            items = [None]
        yield from (item if isinstance(item, Incoming) else None for item in items)


def _known(channel: Channel, items: Iterable[Incoming]) -> set[str]:
    ids = {item.external_message_id for item in items if item.external_message_id}
    here = Message.objects.filter(Q(external_message_id__in=ids), conversation__channel=channel).values_list(
        "external_message_id", flat=True
    )
    sent = Delivery.objects.filter(channel=channel, external_message_id__in=ids)
    return {*here, *sent.values_list("external_message_id", flat=True)}

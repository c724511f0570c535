"""The same update at once from many connections."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections

from apps.channels import resolving
from apps.channels.models import InboundEvent
from tests.channels.bots import changed, make_bot, post


@pytest.mark.django_db(transaction=True)
def test_twenty_equal_deliveries_at_once_are_one_event_delivered_twenty_times():
    make_bot()

    def deliver(number: int) -> int:
        try:
            return int(
                post("/webhook/telegram/incoming", changed("text", text=f"to {number % 2}")).status_code
            )
        finally:
            connections.close_all()

    with ThreadPoolExecutor(max_workers=20) as pool:
        assert set(pool.map(deliver, range(40))) == {200}

    assert list(InboundEvent.objects.values_list("deliveries", flat=True)) == [20, 20]
    resolving.forget()
    assert connection.is_usable()

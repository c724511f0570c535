"""Webhooks take a way without sessions and users; everything else takes the whole one."""

from typing import Any

import pytest
from django.test import Client

from apps.channels.models import InboundEvent

pytestmark = pytest.mark.django_db


def test_a_webhook_reads_no_session_and_no_user(client: Client, django_assert_num_queries: Any) -> None:
    client.cookies["sessionid"] = "made-up"
    with django_assert_num_queries(2):  # what strangers may leave is counted, and the event is stored
        answer = client.post("/webhook/nobody/incoming", {"a": 1}, content_type="application/json")
    assert (answer.status_code, InboundEvent.objects.count()) == (200, 1)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert not answer.cookies


@pytest.mark.parametrize("path", ["/webhook/", "/webhook/a/b/c", "/webhooks/telegram"])
def test_an_address_that_is_none_is_told_as_everywhere(client: Client, path: str) -> None:
    assert client.post(path).status_code == 404

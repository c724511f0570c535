"""A receiver on loopback, an endpoint that leads there, and deliveries done as a worker does them."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from apps.core.work.perform import run
from apps.integrations.models import WebhookDelivery, WebhookEndpoint
from apps.integrations.webhooks import posting
from apps.integrations.webhooks.announcing import announce
from apps.integrations.webhooks.endpoints import WORK, give_first_secret
from apps.tenants.models import Tenant
from tests.peers.receiver import Receiver

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
FIELDS = {"call_id": "call_1", "total_score": 7, "checklist_name": "Первичный звонок"}

Tell = Callable[..., WebhookDelivery]
Work = Callable[[WebhookDelivery], WebhookDelivery]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver(SECRET) as peer:
        yield peer


@pytest.fixture
def endpoint(tenant: Tenant, receiver: Receiver) -> WebhookEndpoint:
    return make_endpoint(tenant, receiver.hook)


@pytest.fixture
def tell(endpoint: WebhookEndpoint) -> Tell:
    def put(to: WebhookEndpoint = endpoint, **fields: Any) -> WebhookDelivery:
        made = announce(
            endpoint=to, kind="call.checklist.completed", fields={**FIELDS, **fields}, subject="call_1"
        )
        assert made is not None
        return made

    return put


@pytest.fixture
def work() -> Work:
    """What a worker does when the bell rings for this row; the row as it is afterwards."""

    def do(delivery: WebhookDelivery) -> WebhookDelivery:
        run(WORK, delivery.pk)
        return WebhookDelivery.objects.get(pk=delivery.pk)

    return do


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who hangs is given up after a moment."""
    monkeypatch.setattr(posting, "SECONDS", 0.3)


def make_endpoint(
    tenant: Tenant, url: str, *, key: str = "crm", secret: str = SECRET, **fields: Any
) -> WebhookEndpoint:
    endpoint = WebhookEndpoint(tenant=tenant, key=key, name="CRM", url=url, **fields)
    give_first_secret(endpoint, secret)
    endpoint.save()
    return WebhookEndpoint.objects.get(pk=endpoint.pk)

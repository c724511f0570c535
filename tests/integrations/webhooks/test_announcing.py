"""What is announced is told if and only if the announcer's transaction commits, and as it was said."""

import json

import pytest
from django.db import transaction

from apps.core.models import State
from apps.integrations.models import WebhookDelivery, WebhookEndpoint
from apps.integrations.webhooks.announcing import announce
from apps.integrations.webhooks.endpoints import switch_off
from tests.integrations.webhooks.conftest import FIELDS, Tell

pytestmark = pytest.mark.django_db


def test_the_fields_stand_at_the_top_beside_type_and_id(tell: Tell, endpoint: WebhookEndpoint) -> None:
    made = WebhookDelivery.objects.get(pk=tell().pk)
    assert json.loads(made.body) == {"type": "call.checklist.completed", "id": made.message_id, **FIELDS}
    assert made.message_id.startswith("msg_")
    assert (made.tenant_id, made.kind, made.subject, made.state) == (
        endpoint.tenant_id,
        "call.checklist.completed",
        "call_1",
        State.QUEUED,
    )


def test_what_did_not_happen_is_not_told(tell: Tell) -> None:
    with transaction.atomic():
        tell()
        transaction.set_rollback(True)
    assert not WebhookDelivery.objects.exists()


def test_nobody_to_tell() -> None:
    assert announce(endpoint=None, kind="x", fields={}, subject="") is None
    assert not WebhookDelivery.objects.exists()


def test_for_an_endpoint_that_is_off_it_is_kept(tell: Tell, endpoint: WebhookEndpoint) -> None:
    switch_off(endpoint=endpoint)
    tell()
    assert WebhookDelivery.objects.count() == 1


def test_what_no_json_and_no_database_holds_is_made_fit(tell: Tell) -> None:
    made = tell(bad=float("nan"), text="a\x00b\ud800", nested={"k": [float("inf"), ("x",)]})
    told = json.loads(WebhookDelivery.objects.get(pk=made.pk).body.encode())
    assert (told["bad"], told["text"], told["nested"]) == (None, "a�b�", {"k": [None, ["x"]]})


def test_nobody_gives_an_id_or_type_of_their_own(tell: Tell) -> None:
    with pytest.raises(ValueError, match="id, type"):
        tell(id="mine", type="mine")

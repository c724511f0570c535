"""The address of a used endpoint, secrets that overlap, sending again, what is swept, alarms."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone, translation

from apps.core.alarms import raised
from apps.core.fields import Sealed
from apps.core.models import State
from apps.integrations.models import Disabled, WebhookAttempt, WebhookDelivery, WebhookEndpoint
from apps.integrations.webhooks.endpoints import (
    change_address,
    rotate_secret,
    secrets_in_use,
    switch_off,
    switch_on,
)
from apps.integrations.webhooks.redelivering import redeliver, redeliverable
from apps.integrations.webhooks.sweeping import sweep
from apps.tenants.models import Tenant
from tests.integrations.webhooks.conftest import SECRET, Tell, Work, make_endpoint
from tests.peers.receiver import HOOK, Receiver
from tests.peers.server import Reply

pytestmark = pytest.mark.django_db


def test_the_first_try_fixes_the_address_also_one_that_fails(
    tell: Tell, work: Work, receiver: Receiver, endpoint: WebhookEndpoint
) -> None:
    change_address(endpoint=endpoint, url=f"{receiver.hook}?a=1")
    receiver.script(HOOK, [Reply(status=500)])
    work(tell())
    change_address(endpoint=endpoint, url=f"{receiver.hook}?a=1")
    with pytest.raises(ValidationError, match="нового получателя"):
        change_address(endpoint=endpoint, url=receiver.hook)
    endpoint.refresh_from_db()
    assert endpoint.url == f"{receiver.hook}?a=1"


def test_the_database_itself_refuses_another_address(tell: Tell, work: Work, receiver: Receiver) -> None:
    WebhookEndpoint.objects.update(url=receiver.hook)
    work(tell())
    WebhookEndpoint.objects.update(url=receiver.hook, name="the same address is none")
    with pytest.raises(IntegrityError, match="fixed"), transaction.atomic():
        WebhookEndpoint.objects.update(url="https://elsewhere.example.com/")


def test_each_replaced_secret_holds_for_its_own_day(endpoint: WebhookEndpoint) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        second = rotate_secret(endpoint=endpoint)
        clock.shift(timedelta(hours=20))
        third = rotate_secret(endpoint=endpoint)
        assert secrets_in_use(endpoint) == [third, second, SECRET]
        clock.shift(timedelta(hours=5))
        assert secrets_in_use(endpoint) == [third, second]
        clock.shift(timedelta(hours=20))
        assert secrets_in_use(endpoint) == [third]
        fourth = rotate_secret(endpoint=endpoint)
        assert secrets_in_use(endpoint) == [fourth, third]
        assert rotate_secret(endpoint=endpoint, secret=third) == third
        assert secrets_in_use(endpoint) == [third, fourth]


def test_the_secret_is_ciphertext_in_the_database_and_in_no_history(endpoint: WebhookEndpoint) -> None:
    rotate_secret(endpoint=endpoint)
    stored: Any = WebhookEndpoint.objects.get(pk=endpoint.pk).secrets
    assert isinstance(stored, Sealed)
    assert "whsec_" not in stored.stored
    assert not any("whsec_" in str(vars(one)) for one in endpoint.history.all())


def test_settled_ones_begin_anew_waiting_ones_are_due_and_running_ones_left(
    tell: Tell, work: Work, receiver: Receiver
) -> None:
    done = work(tell())
    receiver.script(HOOK, [Reply(status=500), Reply(status=410)])
    waiting = work(tell())
    running = tell()
    WebhookDelivery.objects.filter(pk=running.pk).update(state=State.RUNNING, attempts=1)
    assert redeliverable(WebhookDelivery.objects.all()).count() == 2  # as the question says
    assert redeliver(WebhookDelivery.objects.all()) == 2
    rows = {row.pk: row for row in WebhookDelivery.objects.all()}
    assert [rows[one.pk].state for one in (done, waiting, running)] == ["queued", "queued", "running"]
    assert rows[waiting.pk].failures == 1  # the rest of its tries, not ten more
    assert all(rows[one.pk].due_at <= timezone.now() for one in (done, waiting))


def test_old_ones_are_swept_by_what_became_of_them(
    tell: Tell, work: Work, endpoint: WebhookEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.integrations.webhooks.sweeping.AT_ONCE", 2)
    with time_machine.travel(timezone.now() - timedelta(days=91), tick=False):
        done, waiting = [work(tell()) for _ in range(3)], tell()
        switch_off(endpoint=endpoint)
        parked = work(tell())
    WebhookDelivery.objects.filter(pk=waiting.pk).update(state=State.QUEUED)
    with time_machine.travel(timezone.now() - timedelta(days=62), tick=False):
        assert sweep() == 0
    with time_machine.travel(timezone.now() - timedelta(days=60), tick=False):
        assert sweep() == len(done)
    assert not WebhookAttempt.objects.exists()
    assert {*WebhookDelivery.objects.values_list("pk", flat=True)} == {waiting.pk, parked.pk}
    assert sweep() == 1
    assert WebhookDelivery.objects.get().pk == waiting.pk


def test_what_was_sent_again_lately_is_not_old(tell: Tell, work: Work) -> None:
    with time_machine.travel(timezone.now() - timedelta(days=40), tick=False):
        made = work(tell())
    redeliver(WebhookDelivery.objects.all())
    work(made)
    assert sweep() == 0


def test_one_that_switched_itself_off_is_an_alarm_until_somebody_decides(
    tell: Tell, work: Work, endpoint: WebhookEndpoint, tenant: Tenant, other_tenant: Tenant
) -> None:
    assert raised(tenant.pk) == []
    switch_off(endpoint=endpoint, because=Disabled.FAILING)
    for _ in range(2):
        work(tell())
    with translation.override("en"):
        (alarm,) = raised(tenant.pk)
        assert alarm.text == (
            "The webhook endpoint is switched off: it took nothing for three days. "
            "2 deliveries are kept for it."
        )
    assert alarm.subject == "battery/crm"
    assert raised(other_tenant.pk) == []
    assert len(raised(None)) == 1
    switch_on(endpoint=endpoint, send_kept=True)
    assert raised(tenant.pk) == []
    switch_off(endpoint=endpoint)
    assert raised(tenant.pk) == []


def test_alarms_of_many_cost_no_more_questions(
    tenant: Tenant, django_assert_num_queries: Any, django_assert_max_num_queries: Any
) -> None:
    from apps.integrations.webhooks.alarms import webhook_alarms

    with django_assert_num_queries(1):
        list(webhook_alarms(tenant.pk))
    for number in range(5):
        switch_off(
            endpoint=make_endpoint(tenant, "http://127.0.0.1:1/", key=f"k{number}"), because=Disabled.GONE
        )
    with django_assert_num_queries(2):
        assert len(list(webhook_alarms(tenant.pk))) == 5


def test_one_try_costs_few_questions_however_long_the_log(
    tell: Tell, work: Work, receiver: Receiver, django_assert_max_num_queries: Any
) -> None:
    work(tell())
    made = tell()
    for _ in range(30):
        tell()
    with django_assert_max_num_queries(20):
        work(made)

"""One try and what follows it, told by a receiver that answers in every way there is."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone, translation
from django.utils.functional import Promise

from apps.core.errors import Transient
from apps.core.models import State
from apps.core.work import find
from apps.core.work.claim import claim
from apps.integrations.models import Disabled, WebhookAttempt, WebhookDelivery, WebhookEndpoint
from apps.integrations.webhooks import wording
from apps.integrations.webhooks.endpoints import SWITCHED_OFF, WORK, rotate_secret, switch_off, switch_on
from apps.integrations.webhooks.sending import PAUSES, TRIES, send
from tests.integrations.webhooks.conftest import SECRET, Tell, Work, make_endpoint
from tests.peers.receiver import HOOK, Receiver
from tests.peers.server import Reply

pytestmark = pytest.mark.django_db


def in_english(text: str | Promise) -> str:
    """As it is stored."""
    with translation.override("en"):
        return str(text)


def waits(delivery: WebhookDelivery) -> timedelta:
    return delivery.due_at - timezone.now()


def test_it_arrives_signed_and_as_it_was_stored(tell: Tell, work: Work, receiver: Receiver) -> None:
    made = work(tell())
    assert made.state == State.DONE
    assert made.delivered_at is not None
    (request,) = receiver.requests
    assert request.body == made.body.encode()
    assert request.headers["webhook-id"] == made.message_id
    (attempt,) = made.tries.all()
    assert (attempt.status, attempt.error_code, attempt.tenant_id) == (204, "", made.tenant_id)
    assert attempt.finished_at is not None


def test_every_pause_of_the_promise_then_it_is_given_up(
    tell: Tell, work: Work, receiver: Receiver, endpoint: WebhookEndpoint
) -> None:
    receiver.route(HOOK, lambda _request: Reply(status=500, body="болен"))
    made = tell()
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for number, pause in enumerate(PAUSES, start=1):
            made = work(made)
            assert (made.state, made.failures, made.error_code) == (State.QUEUED, number, "http_500")
            assert pause <= waits(made) <= pause * 1.1
            assert receiver.requests[-1].headers["webhook-timestamp"] == str(int(timezone.now().timestamp()))
            clock.move_to(made.due_at)
        made = work(made)
    assert (made.state, made.error_text) == (State.FAILED, in_english(wording.GIVEN_UP))
    assert made.tries.count() == len(receiver.requests) == TRIES == 10
    assert len({(request.body, request.headers["webhook-id"]) for request in receiver.requests}) == 1
    assert {(one.status, one.answer) for one in made.tries.all()} == {(500, "болен")}
    endpoint.refresh_from_db()
    assert (endpoint.is_active, endpoint.disabled_because) == (False, Disabled.FAILING)


def test_the_pauses_are_drawn_out_differently(tell: Tell, work: Work, receiver: Receiver) -> None:
    receiver.route(HOOK, lambda _request: Reply(status=500))
    with time_machine.travel(timezone.now(), tick=False):
        assert len({waits(work(tell())) for _ in range(5)}) == 5


@pytest.mark.parametrize("status", [301, 302, 307, 400, 401, 403, 404, 408, 422, 500, 501, 502, 504])
def test_whatever_else_it_answers_is_tried_again_and_no_redirect_followed(
    status: int, tell: Tell, work: Work, receiver: Receiver
) -> None:
    receiver.script(HOOK, [Reply(status=status, headers={"Location": f"{receiver.url}/elsewhere"})])
    made = work(tell())
    assert (made.state, made.error_code) == (State.QUEUED, f"http_{status}")
    assert timedelta(seconds=4) < waits(made) <= timedelta(seconds=5.5)
    assert len(receiver.requests) == 1


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (Reply(hang=True), "timeout"),
        (Reply(body="x" * 50, drip=0.1), "timeout"),
        (Reply(close=True), "connection_broken"),
        (Reply(raw=b"not http at all\r\n\r\n"), "connection_broken"),
    ],
)
def test_who_does_not_answer_is_asked_again(
    reply: Reply, code: str, tell: Tell, work: Work, receiver: Receiver
) -> None:
    receiver.script(HOOK, [reply])
    made = work(tell())
    assert (made.state, made.error_code) == (State.QUEUED, code)
    (attempt,) = made.tries.all()
    assert (attempt.status, attempt.error_code) == (None, code)
    assert attempt.finished_at is not None


@pytest.mark.parametrize(
    ("url", "code"), [("http://127.0.0.1:1/", "connect_error"), ("http://10.0.0.1/", "address_blocked")]
)
def test_an_address_that_leads_nowhere_or_inside(
    url: str, code: str, tell: Tell, work: Work, tenant: Any
) -> None:
    made = work(tell(make_endpoint(tenant, url, key="other")))
    assert (made.state, made.error_code) == (State.QUEUED, code)


def test_a_long_answer_is_cut_and_counts_as_any_other(tell: Tell, work: Work, receiver: Receiver) -> None:
    receiver.script(HOOK, [Reply(body="ё" * 100_000), Reply(status=500, body="\x00" * 100_000)])
    assert work(tell()).state == State.DONE
    assert work(tell()).state == State.QUEUED
    assert [len(one.answer) for one in WebhookAttempt.objects.order_by("pk")] == [0, 1000]


def test_a_receiver_that_echoes_the_secret_does_not_get_it_shown(
    tell: Tell, work: Work, receiver: Receiver
) -> None:
    receiver.script(HOOK, [Reply(status=401, body=f"bad secret {SECRET}")])
    assert SECRET not in work(tell()).tries.get().answer


def test_410_switches_it_off_at_once(
    tell: Tell, work: Work, receiver: Receiver, endpoint: WebhookEndpoint
) -> None:
    receiver.script(HOOK, [Reply(status=410)])
    first, second = tell(), tell()
    made = work(first)
    assert (made.state, made.error_text) == (State.FAILED, in_english(wording.GONE))
    endpoint.refresh_from_db()
    assert (endpoint.is_active, endpoint.disabled_because) == (False, Disabled.GONE)
    kept = work(second)
    assert (kept.state, kept.error_code, kept.tries.count()) == (State.FAILED, SWITCHED_OFF, 0)


def test_one_that_only_this_is_too_much_for_stays_on(
    tell: Tell, work: Work, receiver: Receiver, endpoint: WebhookEndpoint
) -> None:
    receiver.script(HOOK, [Reply(status=400)] * 5)
    made = tell()
    for _ in range(5):
        WebhookDelivery.objects.filter(pk=made.pk).update(due_at=timezone.now())
        work(made)
    assert work(tell()).state == State.DONE
    receiver.script(HOOK, [Reply(status=400)] * 5)
    for _ in range(5):
        WebhookDelivery.objects.filter(pk=made.pk).update(due_at=timezone.now())
        work(made)
    made.refresh_from_db()
    assert made.state == State.FAILED
    endpoint.refresh_from_db()
    assert endpoint.is_active


def test_our_own_error_switches_nobody_off(
    tell: Tell, endpoint: WebhookEndpoint, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(**_options: Any) -> Any:
        raise RuntimeError("a bug of ours")

    monkeypatch.setattr("apps.integrations.webhooks.sending.post", broken)
    assert work(tell()).error_code == "internal"
    endpoint.refresh_from_db()
    assert endpoint.is_active


@pytest.mark.parametrize("status", [429, 503])
def test_who_asks_for_patience_is_left_alone_with_everything(
    status: int, tell: Tell, work: Work, receiver: Receiver
) -> None:
    receiver.script(HOOK, [Reply(status=status, headers={"Retry-After": "120"})])
    with time_machine.travel(timezone.now(), tick=False) as clock:
        first, second, third = tell(), tell(), tell()
        made = work(first)
        assert (made.state, made.failures, made.error_code) == (State.QUEUED, 1, f"http_{status}")
        assert waits(made) == timedelta(seconds=120)
        second.refresh_from_db()
        third.refresh_from_db()
        assert timedelta(seconds=120) < waits(second) < waits(third) < timedelta(seconds=121)
        late = work(tell())  # announced later, it waits as well, and nobody is asked
        assert (late.state, late.failures) == (State.QUEUED, 0)
        assert waits(late) == timedelta(seconds=120)
        assert len(receiver.requests) == 1
        clock.shift(121)
        assert [work(one).state for one in (first, second, third)] == [State.DONE] * 3


def test_retry_after_shorter_than_the_promised_pause_shortens_nothing(
    tell: Tell, work: Work, receiver: Receiver
) -> None:
    receiver.script(HOOK, [Reply(status=502, headers={"Retry-After": "1"})])
    assert waits(work(tell())) > timedelta(seconds=4)


def test_a_receiver_has_two_at_a_time(tell: Tell, work: Work, receiver: Receiver) -> None:
    for row in (tell(), tell()):
        WebhookDelivery.objects.filter(pk=row.pk).update(
            state=State.RUNNING, attempts=1, lease_until=timezone.now() + timedelta(minutes=1)
        )
        WebhookAttempt.objects.create(tenant_id=row.tenant_id, delivery=row, number=1)
    third = work(tell())
    assert (third.state, third.failures) == (State.QUEUED, 0)
    assert timedelta(seconds=0.5) < waits(third) <= timedelta(seconds=1)
    assert receiver.requests == []


def test_what_an_endpoint_that_was_off_should_have_got_is_sent_once_it_is_on(
    tell: Tell, work: Work, receiver: Receiver, endpoint: WebhookEndpoint
) -> None:
    switch_off(endpoint=endpoint)
    rows = [work(tell()) for _ in range(3)]
    assert {row.state for row in rows} == {State.FAILED}
    assert switch_on(endpoint=endpoint, send_kept=True) == 3
    assert [work(row).state for row in rows] == [State.DONE] * 3
    assert receiver.ids == [row.message_id for row in rows]


def test_or_stays_kept_where_nobody_wants_it_any_more(
    tell: Tell, work: Work, endpoint: WebhookEndpoint
) -> None:
    switch_off(endpoint=endpoint)
    made = work(tell())
    assert switch_on(endpoint=endpoint, send_kept=False) == 0
    made.refresh_from_db()
    assert made.state == State.FAILED


def test_both_secrets_sign_for_a_day_and_then_the_new_one_alone(
    tell: Tell, work: Work, receiver: Receiver, endpoint: WebhookEndpoint
) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        new = rotate_secret(endpoint=endpoint)
        receiver.secrets = (SECRET, new)
        assert work(tell()).state == State.DONE
        clock.shift(timedelta(hours=23, minutes=59))
        assert work(tell()).state == State.DONE
        clock.shift(timedelta(minutes=2))
        receiver.secrets = (new,)
        assert work(tell()).state == State.DONE
    counts = [len(one.headers["webhook-signature"].split()) for one in receiver.requests]
    assert counts == [2, 2, 1]


def test_a_secret_whose_key_is_lost_parks_it_with_the_reason(
    tell: Tell, work: Work, settings: Any, receiver: Receiver, endpoint: WebhookEndpoint
) -> None:
    made = tell()
    settings.CREDENTIALS_KEYS = ["AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="]
    parked = work(made)
    assert (parked.state, parked.error_code, parked.tries.count()) == (State.FAILED, "secret_unreadable", 0)
    endpoint.refresh_from_db()
    assert endpoint.is_active
    rotate_secret(endpoint=endpoint, secret=SECRET)
    WebhookDelivery.objects.update(state=State.QUEUED)
    assert work(made).state == State.DONE


def test_a_worker_that_slept_through_its_lease_sends_nothing_beside_its_successor(
    tell: Tell, receiver: Receiver
) -> None:
    row = claim(find(WORK), tell().pk)
    assert row is not None
    WebhookDelivery.objects.update(attempts=row.attempts + 1)
    with pytest.raises(Transient):
        send(row)
    assert receiver.requests == []
    assert row.tries.count() == 0

"""The work behind a delivery: one try, in its turn, noted before it leaves. At least once, with one id."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial

import structlog
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from apps.core.errors import ConfigInvalid, NotYet, Rejected, Transient
from apps.core.models import State
from apps.core.secrets import Undecryptable
from apps.core.work import Effect, find
from apps.core.work.spacing import space_out
from apps.integrations.webhooks import wording
from apps.integrations.webhooks.endpoints import SWITCHED_OFF, WORK, secrets_in_use, switch_off
from apps.integrations.webhooks.models import Disabled, WebhookAttempt, WebhookDelivery, WebhookEndpoint
from apps.integrations.webhooks.posting import Answered, post

log = structlog.get_logger(__name__)

PAUSES = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
TRIES = len(PAUSES) + 1
# A receiver that hangs must not keep all workers: it has so many requests at a time.
AT_ONCE = 2
A_MOMENT, APART = timedelta(seconds=1), timedelta(milliseconds=100)
UNREADABLE, GONE = "secret_unreadable", "http_410"
# A row ended so by us: it tells nothing about its receiver.
OURS = frozenset({SWITCHED_OFF, UNREADABLE, "lost", "internal", "database"})
# Asks for patience with everything, not with this one alone.
SLOW_DOWN = (429, 503)


def send(delivery: WebhookDelivery) -> Effect:
    try:
        attempt, endpoint, secrets = _begin(delivery)
    except NotYet as error:
        _make_wait(delivery.endpoint_id, error.after)
        raise
    answered = post(
        url=endpoint.url,
        secrets=secrets,
        message_id=delivery.message_id,
        body=delivery.body,
        at=attempt.at,
    )
    _end(attempt, answered)
    if not answered.is_taken:
        raise _judge(delivery, answered)
    return partial(_note_delivered, delivery)


@sensitive_variables()
def _begin(delivery: WebhookDelivery) -> tuple[WebhookAttempt, WebhookEndpoint, Sequence[str]]:
    """Under the locks of the row, while it is still this worker's, and of the endpoint, for its turn.

    From here on the endpoint's address is fixed: it is read after that was written.
    """
    with transaction.atomic():
        ours = WebhookDelivery.objects.select_for_update(no_key=True).filter(
            pk=delivery.pk, state=State.RUNNING, attempts=delivery.attempts
        )
        if ours.values_list("pk").first() is None:
            raise Transient(code="lost")
        endpoint = WebhookEndpoint.objects.select_for_update(no_key=True).get(pk=delivery.endpoint_id)
        _hold(delivery, endpoint)
        try:
            secrets = secrets_in_use(endpoint)
        except Undecryptable:
            raise ConfigInvalid(wording.UNREADABLE, code=UNREADABLE) from None
        now = timezone.now()
        if endpoint.used_at is None:
            WebhookEndpoint.objects.filter(pk=endpoint.pk).update(used_at=now)
        attempt = WebhookAttempt.objects.create(
            tenant_id=delivery.tenant_id, delivery=delivery, number=delivery.attempts, at=now
        )
    return attempt, endpoint, secrets


def _hold(delivery: WebhookDelivery, endpoint: WebhookEndpoint) -> None:
    if not endpoint.is_active:
        raise Rejected(wording.OFF, code=SWITCHED_OFF)
    if endpoint.paused_until is not None and (left := endpoint.paused_until - timezone.now()) > timedelta():
        raise NotYet(after=left)
    under_way = WebhookDelivery.objects.filter(
        endpoint=endpoint, state=State.RUNNING, tries__number=F("attempts"), tries__finished_at=None
    )
    if under_way.count() >= AT_ONCE:
        raise NotYet(after=A_MOMENT)


def _make_wait(endpoint_id: int, after: timedelta) -> None:
    """What is due for the same receiver comes due after that, one by one."""
    space_out(
        find(WORK), Q(endpoint=endpoint_id), order_by=("due_at", "pk"), begin=after + APART, apart=APART
    )


def _end(attempt: WebhookAttempt, answered: Answered) -> None:
    WebhookAttempt.objects.filter(pk=attempt.pk).update(
        finished_at=timezone.now(),
        status=answered.status,
        milliseconds=answered.milliseconds,
        answer=answered.text,
        error_code=answered.error_code[:64],
    )


def _judge(delivery: WebhookDelivery, answered: Answered) -> Rejected | Transient:
    """Whatever it is, it may pass: only 410 is meant for good."""
    code = answered.error_code
    if code == GONE:
        return Rejected(wording.GONE, code=code)
    if delivery.failures + 1 >= TRIES:
        return Rejected(wording.GIVEN_UP, code=code)
    if answered.status in SLOW_DOWN and answered.after is not None:
        until = timezone.now() + answered.after
        WebhookEndpoint.objects.filter(pk=delivery.endpoint_id).update(paused_until=until)
        _make_wait(delivery.endpoint_id, answered.after)
    return Transient(wording.reason_of(code, answered.status), code=code, after=answered.after)


def _note_delivered(delivery: WebhookDelivery) -> None:
    delivery.delivered_at = timezone.now()
    delivery.save(update_fields=["delivered_at"])


def settled(delivery: WebhookDelivery) -> None:
    """Called with the row's outcome: a receiver that wants or takes nothing any more is left alone."""
    if delivery.state != State.FAILED or delivery.error_code in OURS:
        return
    if delivery.error_code == GONE:
        because = Disabled.GONE
    elif _took_something(delivery):  # it is this one that it does not take
        return
    else:
        because = Disabled.FAILING
    switch_off(endpoint=delivery.endpoint, because=because)
    log.warning("webhook.switched_off", endpoint=delivery.endpoint_id, because=str(because))


def _took_something(delivery: WebhookDelivery) -> bool:
    """Anything, since the first of this delivery's last round of tries."""
    moments = delivery.tries.order_by("-number").values_list("at", flat=True)[:TRIES]
    others = WebhookDelivery.objects.filter(endpoint=delivery.endpoint_id, state=State.DONE)
    return others.filter(delivered_at__gte=min(moments)).exists()

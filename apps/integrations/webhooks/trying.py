"""A test by hand: one signed request of the kind `ping`, answered while somebody waits; kept nowhere."""

from dataclasses import dataclass

from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from apps.integrations.webhooks.announcing import body_of
from apps.integrations.webhooks.endpoints import secrets_in_use
from apps.integrations.webhooks.models import WebhookEndpoint, new_message_id
from apps.integrations.webhooks.posting import Answered, post

PING = "ping"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    message_id: str
    body: str
    answered: Answered


@sensitive_variables()
def try_out(endpoint: WebhookEndpoint) -> Tried:
    """Also while it is switched off; it fixes no address. Raises Undecryptable."""
    secrets = secrets_in_use(endpoint)
    message_id, now = new_message_id(), timezone.now()
    body = body_of(
        kind=PING, message_id=message_id, fields={"endpoint": endpoint.key, "timestamp": now.isoformat()}
    )
    answered = post(url=endpoint.url, secrets=secrets, message_id=message_id, body=body, at=now)
    return Tried(message_id=message_id, body=body, answered=answered)

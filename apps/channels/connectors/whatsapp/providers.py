"""Who carries the messages of a number: by its settings, or by the shape of what came in."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, BinaryIO

from django.views.decorators.debug import sensitive_variables

from apps.channels.connectors.whatsapp import bird, cloud, green_api, shape, twilio, webhook
from apps.channels.connectors.whatsapp.spec import Config
from apps.channels.contract import Inbound, Media, Outgoing, Reply, Sent, WebhookRequest
from apps.channels.shapes import decoded
from apps.core.errors import Rejected
from apps.integrations.contract import Account, Fact
from apps.integrations.models import Connection
from apps.integrations.opening import Opened

_PROVIDERS: Mapping[str, Any] = {
    "cloud": cloud,
    "twilio": twilio,
    "messagebird": bird,
    "green_api": green_api,
}
PROOF_HEADERS = tuple(name for one in _PROVIDERS.values() for name in one.PROOF_HEADERS)
# A field that Meta never sends; a client's own quotes are escaped in JSON.
_MARKS = ((b'"typeWebhook"', green_api), (b'"payload"', bird))


def _writer_of(body: bytes) -> Any:
    """Whose event it is. What nobody knows is left to Meta's reading, which refuses it."""
    if twilio.is_its_own(body):
        return twilio
    for mark, provider in _MARKS:
        if mark in body and provider.is_its_own(_event(body)):
            return provider
    return cloud


def _event(body: bytes) -> Mapping[str, Any]:
    try:
        return decoded(body)
    except Rejected:
        return {}


def account_in(request: WebhookRequest) -> str:
    found: str = _writer_of(request.body).account_in(request)
    return found


def account_of(config: Config) -> str:
    found: str = _PROVIDERS[config.provider].account_of(config)
    return found


def accounts_in(request: WebhookRequest) -> set[str]:
    """Meta alone may send together what several numbers got."""
    return webhook.accounts_in(request) if _writer_of(request.body) is cloud else set()


def part_of(body: bytes, account: str) -> bytes:
    return shape.part_of(body, account) if _writer_of(body) is cloud else body


def secret_in(request: WebhookRequest) -> str:
    """None tells the account: every provider names it, and proves itself by a signature or a token."""
    return ""


def secret_of(config: Config) -> str:
    return ""


def verify(config: Config, request: WebhookRequest) -> bool:
    return bool(_PROVIDERS[config.provider].verify(config, request))


def handshake(config: Config, request: WebhookRequest) -> Reply | None:
    reply: Reply | None = _PROVIDERS[config.provider].handshake(config, request)
    return reply


def parse(body: bytes, *, received_at: datetime, timezone: str) -> list[Inbound]:
    found: list[Inbound] = _writer_of(body).parse(body, received_at=received_at, timezone=timezone)
    return found


@sensitive_variables()
def send(opened: Opened[Config], message: Outgoing) -> Sent:
    sent: Sent = _PROVIDERS[opened.config.provider].send(opened, message)
    return sent


@sensitive_variables()
def fetch(opened: Opened[Config], media: Media, to: BinaryIO) -> str:
    served_as: str = _PROVIDERS[opened.config.provider].fetch(opened, media, to)
    return served_as


@sensitive_variables()
def check(opened: Opened[Config]) -> Account:
    account: Account = _PROVIDERS[opened.config.provider].check(opened)
    return account


@sensitive_variables()
def install(opened: Opened[Config]) -> bool:
    return bool(_PROVIDERS[opened.config.provider].install(opened))


def card_facts(connection: Connection) -> list[Fact]:
    facts: list[Fact] = _PROVIDERS[connection.config.get("provider", "cloud")].card_facts(connection)
    return facts

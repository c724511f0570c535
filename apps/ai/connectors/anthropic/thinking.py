"""Asks Claude one question in the best shape its model takes and, if refused, once more in the plainest."""

from decimal import Decimal

from apps.ai.connectors.anthropic.body import body_of
from apps.ai.connectors.anthropic.capabilities import UNKNOWN, Capabilities, capabilities_of, in_force
from apps.ai.connectors.anthropic.client import Received, ask
from apps.ai.connectors.anthropic.config import Config
from apps.ai.connectors.anthropic.failures import ShapeRefused
from apps.ai.connectors.anthropic.notes import notes_on
from apps.ai.connectors.anthropic.reading import read_message
from apps.ai.contract import Answer, Request
from apps.integrations.opening import Opened


def think(opened: Opened[Config], request: Request) -> Answer:
    model = in_force(opened.config.model)
    try:
        received = _ask(opened, request, model, capabilities_of(model))
    except ShapeRefused:
        received = None
    if received is None:
        received = _ask(opened, request, model, UNKNOWN)
    return read_message(
        received.content,
        request=request,
        model=model,
        request_id=received.request_id,
        warning=" ".join(str(note) for note in notes_on(opened.config.model)),
    )


def prices_of(config: Config) -> tuple[Decimal, Decimal] | None:
    return capabilities_of(in_force(config.model)).prices


def _ask(opened: Opened[Config], request: Request, model: str, capabilities: Capabilities) -> Received:
    body = body_of(
        request,
        model=model,
        capabilities=capabilities,
        max_tokens=opened.config.max_tokens or request.max_tokens,
    )
    return ask(opened, body)

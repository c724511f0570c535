"""Turns what an operator said into a letter to the client: the customer's «Оформление голосового ответа»."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from apps.ai.models import Purpose
from apps.ai.writing import write
from apps.core.text import clean_name
from apps.integrations.models import Connection
from apps.tenants.models import Tenant

MOST_CHARACTERS = 5_000
MOST_NAMED = 10

# As the customer's document has it. Each value is one line, so that no name can go on as somebody else.
SHAPE: Mapping[str, str] = {
    "ru": "Контекст:\n- Клиент: {client}\n- Устройство: {device}\n- Проблема: {problem}\n\n"
    "Голосовой ответ: {said}",
    "en": "Context:\n- Client: {client}\n- Device: {device}\n- Problem: {problem}\n\nSpoken answer: {said}",
}
UNKNOWN: Mapping[str, str] = {"ru": "неизвестно", "en": "unknown"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """What was said, and to whom about what."""

    said: str
    client_name: str = ""
    devices: Sequence[str] = ()
    problems: Sequence[str] = ()


def compose_reply(*, tenant: Tenant, connection: Connection, spoken: Spoken) -> str:
    """Raises `asking.Unusable` when there is no whole answer, and what `asking.ask` raises."""
    return write(
        tenant=tenant,
        connection=connection,
        purpose=Purpose.DICTATION,
        user=as_request(spoken, language=tenant.language),
    )


def as_request(spoken: Spoken, *, language: str) -> str:
    language = language if language in SHAPE else "en"
    none = UNKNOWN[language]
    return SHAPE[language].format(
        client=clean_name(spoken.client_name) or none,
        device=_line(spoken.devices) or none,
        problem=_line(spoken.problems) or none,
        said=json.dumps(spoken.said[:MOST_CHARACTERS], ensure_ascii=False),
    )


def _line(values: Sequence[str]) -> str:
    return "; ".join(filter(None, (clean_name(value) for value in values[:MOST_NAMED])))

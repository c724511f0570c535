"""Speech into text. https://developers.openai.com/api/reference/resources/audio/subresources/transcriptions"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from apps.ai.connectors.openai.capabilities import (
    ABILITIES,
    FORMATS,
    MAX_BYTES,
    MAX_SECONDS,
    NAMES,
    NEWEST,
    Ability,
)
from apps.ai.connectors.openai.failures import classify, not_the_api
from apps.ai.connectors.openai.reading import language, said, segments
from apps.ai.connectors.openai.spec import Config
from apps.ai.contract import Answer, Ending, Hearing, Recording
from apps.core.errors import ConfigInvalid, Rejected
from apps.integrations.opening import Opened

# How long an answer is waited for.
SECONDS = 180.0


def hearing_of(config: Config) -> Hearing:
    ability = ABILITIES.get(config.model, NEWEST)
    return Hearing(formats=FORMATS, bytes=MAX_BYTES, seconds=MAX_SECONDS, is_timed=ability.is_timed)


@sensitive_variables()
def hear(opened: Opened[Config], recording: Recording) -> Answer:
    """One recording. To ask again does no harm but costs, so a lost answer is Transient.

    A model that is no more is asked for by its successor: clients' words do not wait for a changed setting.
    """
    model = opened.config.model
    ability = ABILITIES.get(model, NEWEST)
    if recording.content_type not in NAMES:
        raise Rejected(_("Recordings of this format can't be turned into text."), code="audio_format")
    try:
        return _hear(opened, recording, model, ability)
    except ConfigInvalid as error:
        if error.code != "model_not_found" or not ability.successor:
            raise
    return _hear(opened, recording, ability.successor, NEWEST)


@sensitive_variables()
def _hear(opened: Opened[Config], recording: Recording, model: str, ability: Ability) -> Answer:
    config, name = opened.config, NAMES[recording.content_type]
    headers = {"Authorization": f"Bearer {config.api_key.get_secret_value()}"}
    recording.file.seek(0)
    with opened.http(config.base_url, headers=headers, timeout=(5.0, SECONDS), classify=classify) as http:
        answer = http.post(
            "/audio/transcriptions",
            data=_values(recording, model, ability),
            files={"file": (name, recording.file, recording.content_type)},
            idempotent=True,
            deadline=SECONDS,
        )
    found = answer.json
    if not isinstance(found, dict) or not isinstance(found.get("text"), str):
        raise not_the_api()
    return Answer(
        ending=Ending.COMPLETE,
        model=model,
        text=said(found),
        segments=segments(found),
        language=language(found),
        cost_usd=_cost(found, recording, ability),
        request_id=answer.headers.get("x-request-id", "")[:200],
    )


def _values(recording: Recording, model: str, ability: Ability) -> dict[str, str]:
    values = {"model": model, "response_format": ability.response_format, **ability.more}
    if recording.language:
        values[ability.language_field] = recording.language
    if recording.before and ability.takes_prompt:
        values["prompt"] = recording.before
    return values


def _cost(found: Mapping[str, Any], recording: Recording, ability: Ability) -> Decimal:
    """By the length the service measured, else the one that was measured here."""
    length = found.get("duration")
    seconds = length if isinstance(length, (int, float)) else recording.seconds or 0
    return (Decimal(str(seconds)) / 60 * ability.usd_per_minute).quantize(Decimal("0.000001"))

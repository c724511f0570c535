"""Speech into text. https://developers.openai.com/api/reference/resources/audio/subresources/transcriptions"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from apps.ai.connectors.openai.failures import classify, not_the_api
from apps.ai.connectors.openai.spec import Config
from apps.ai.contract import Answer, Ending, Recording
from apps.core.errors import Rejected
from apps.core.text import clean
from apps.integrations.opening import Opened

MAX_BYTES = 25 * 1024 * 1024
SECONDS = 180.0
# By what the name ends with the service tells the format; it knows .ogg and not .oga.
NAMES: Mapping[str, str] = {
    "audio/ogg": "voice.ogg",
    "audio/opus": "voice.ogg",
    "audio/mpeg": "voice.mp3",
    "audio/mp4": "voice.m4a",
    "audio/x-m4a": "voice.m4a",
    "audio/wav": "voice.wav",
    "audio/x-wav": "voice.wav",
    "audio/webm": "voice.webm",
    "audio/flac": "voice.flac",
    "video/mp4": "voice.mp4",
}
# So sure that nobody speaks; above it Whisper makes phrases up.
SILENT = 0.6
# What it makes up of silence, learnt from subtitles; nobody says such a thing to a workshop.
PHANTOMS = (
    "продолжение следует",
    "субтитры",
    "редактор субтитров",
    "спасибо за просмотр",
    "thanks for watching",
    "thank you for watching",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ability:
    """How one model is asked, and what a minute costs. https://developers.openai.com/api/docs/pricing"""

    response_format: str
    language_field: str
    usd_per_minute: Decimal


ABILITIES: Mapping[str, Ability] = {
    "whisper-1": Ability(
        response_format="verbose_json", language_field="language", usd_per_minute=Decimal("0.006")
    ),
    "gpt-4o-transcribe": Ability(
        response_format="json", language_field="language", usd_per_minute=Decimal("0.006")
    ),
    "gpt-4o-mini-transcribe": Ability(
        response_format="json", language_field="language", usd_per_minute=Decimal("0.003")
    ),
}
# gpt-transcribe and whatever comes after it.
NEWEST = Ability(response_format="json", language_field="languages[]", usd_per_minute=Decimal("0.0045"))


@sensitive_variables()
def hear(opened: Opened[Config], recording: Recording) -> Answer:
    """One recording. To ask again does no harm but costs, so a lost answer is Transient."""
    config = opened.config
    ability = ABILITIES.get(config.model, NEWEST)
    name = NAMES.get(recording.content_type)
    if name is None:
        raise Rejected(_("Recordings of this format can't be turned into text."), code="audio_format")
    size = recording.file.seek(0, 2)
    recording.file.seek(0)
    if size > MAX_BYTES:
        raise Rejected(_("Recordings of more than 25 MB can't be turned into text."), code="audio_too_large")
    values = {
        "model": config.model,
        "response_format": ability.response_format,
        ability.language_field: recording.language,
    }
    headers = {"Authorization": f"Bearer {config.api_key.get_secret_value()}"}
    with opened.http(config.base_url, headers=headers, timeout=(5.0, SECONDS), classify=classify) as http:
        answer = http.post(
            "/audio/transcriptions",
            data=values,
            files={"file": (name, recording.file, recording.content_type)},
            idempotent=True,
            deadline=SECONDS,
        )
    found = answer.json
    if not isinstance(found, dict) or not isinstance(found.get("text"), str):
        raise not_the_api()
    return Answer(
        ending=Ending.COMPLETE,
        model=config.model,
        text=_said(found),
        cost_usd=_cost(found, recording, ability),
        request_id=answer.headers.get("x-request-id", "")[:200],
    )


def _said(found: Mapping[str, Any]) -> str:
    """Empty where nobody speaks."""
    text = clean(found["text"], limit=None).strip()
    segments = [one for one in found.get("segments") or () if isinstance(one, dict)]
    doubts = [one.get("no_speech_prob") for one in segments]
    if doubts and all(isinstance(doubt, (int, float)) and doubt > SILENT for doubt in doubts):
        return ""
    return "" if _is_phantom(text) else text


def _is_phantom(text: str) -> bool:
    words = text.casefold().strip(' .!…»«"')
    return len(words) < 80 and words.startswith(PHANTOMS)


def _cost(found: Mapping[str, Any], recording: Recording, ability: Ability) -> Decimal:
    """By the length the service measured, else the one the messenger named."""
    length = found.get("duration")
    seconds = length if isinstance(length, (int, float)) else recording.seconds or 0
    return (Decimal(str(seconds)) / 60 * ability.usd_per_minute).quantize(Decimal("0.000001"))

"""What each model takes, how it is asked, and what a minute of it costs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

# https://developers.openai.com/api/docs/guides/speech-to-text
MAX_BYTES = 25 * 1024 * 1024
# gpt-4o takes 25 minutes; and nobody waits longer for an answer than it takes to listen to so much.
MAX_SECONDS = 1200
# By what the name ends with the service tells the format; it knows .ogg and not .oga.
NAMES: Mapping[str, str] = {
    "audio/ogg": "voice.ogg",
    "audio/mpeg": "voice.mp3",
    "audio/mp4": "voice.m4a",
    "audio/wav": "voice.wav",
    "audio/webm": "voice.webm",
    "audio/flac": "voice.flac",
}
# What is really in it has to be what the name promises: Opus in MP4, or AMR, is not understood.
FORMATS: Mapping[tuple[str, str], str] = {
    ("ogg", "opus"): "audio/ogg",
    ("ogg", "vorbis"): "audio/ogg",
    ("mp3", "mp3"): "audio/mpeg",
    ("mp4", "aac"): "audio/mp4",
    ("wav", "pcm_s16le"): "audio/wav",
    ("webm", "opus"): "audio/webm",
    ("flac", "flac"): "audio/flac",
}


TIMED = ("verbose_json", "diarized_json")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ability:
    """How one model is asked, and what a minute costs. https://developers.openai.com/api/docs/pricing

    `successor` is asked once this one is gone; `takes_prompt`: what was said before may go along; `more`:
    fields that it wants besides. Times of segments come with the formats of TIMED alone.
    """

    response_format: str
    language_field: str
    usd_per_minute: Decimal
    takes_prompt: bool = True
    more: Mapping[str, str] = field(default_factory=dict)
    successor: str = ""

    @property
    def is_timed(self) -> bool:
        return self.response_format in TIMED


# All but the newest are switched off on 26 February 2027. https://developers.openai.com/api/docs/deprecations
NEWEST_MODEL = "gpt-transcribe"
ABILITIES: Mapping[str, Ability] = {
    "whisper-1": Ability(
        response_format="verbose_json",
        language_field="language",
        usd_per_minute=Decimal("0.006"),
        successor=NEWEST_MODEL,
    ),
    "gpt-4o-transcribe": Ability(
        response_format="json",
        language_field="language",
        usd_per_minute=Decimal("0.006"),
        successor=NEWEST_MODEL,
    ),
    "gpt-4o-mini-transcribe": Ability(
        response_format="json",
        language_field="language",
        usd_per_minute=Decimal("0.003"),
        successor=NEWEST_MODEL,
    ),
    "gpt-4o-transcribe-diarize": Ability(
        response_format="diarized_json",
        language_field="language",
        usd_per_minute=Decimal("0.006"),
        takes_prompt=False,
        more={"chunking_strategy": "auto"},
        successor=NEWEST_MODEL,
    ),
}
# gpt-transcribe and whatever comes after it.
NEWEST = Ability(response_format="json", language_field="languages[]", usd_per_minute=Decimal("0.0045"))
# Whisper names what it heard in English words, the newest model by its code.
LANGUAGES: Mapping[str, str] = {
    "russian": "ru",
    "english": "en",
    "ukrainian": "uk",
    "belarusian": "be",
    "kazakh": "kk",
    "uzbek": "uz",
    "tatar": "tt",
    "armenian": "hy",
    "georgian": "ka",
    "azerbaijani": "az",
    "german": "de",
    "turkish": "tr",
}

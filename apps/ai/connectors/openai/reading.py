"""What an answer says was heard: words, when they were said and by whom; and what was only made up."""

from collections.abc import Iterator, Mapping
from typing import Any

from apps.ai.connectors.openai.capabilities import LANGUAGES
from apps.ai.contract import Segment
from apps.core.text import clean

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


def said(found: Mapping[str, Any]) -> str:
    """Empty where nobody speaks."""
    text = clean(found["text"], limit=None).strip()
    doubts = [one.get("no_speech_prob") for one in _listed(found, "segments")]
    if doubts and all(_is_doubt(doubt) for doubt in doubts):
        return ""
    return "" if _is_phantom(text) else text


def segments(found: Mapping[str, Any]) -> tuple[Segment, ...]:
    """In the order of the answer, without those in which nobody speaks."""
    return tuple(_segments(found)) if said(found) else ()


def _segments(found: Mapping[str, Any]) -> Iterator[Segment]:
    for one in _listed(found, "segments"):
        start, end, text, speaker = (one.get(name) for name in ("start", "end", "text", "speaker"))
        if not (isinstance(start, (int, float)) and isinstance(end, (int, float)) and isinstance(text, str)):
            continue
        text = clean(text, limit=None).strip()
        if text and not _is_doubt(one.get("no_speech_prob")) and not _is_phantom(text):
            yield Segment(
                start=start, end=max(start, end), text=text, speaker=clean(str(speaker or ""), limit=20)
            )


def language(found: Mapping[str, Any]) -> str:
    """ISO 639-1, or the service's own word for it; empty where it names none, or several."""
    codes = [str(one["code"]) for one in _listed(found, "languages") if one.get("code")]
    named = found.get("language") if not codes else codes[0] if len(codes) == 1 else ""
    named = named.strip().lower() if isinstance(named, str) else ""
    return LANGUAGES.get(named, clean(named, limit=20))


def _listed(found: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    listed = found.get(name)
    return [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []


def _is_doubt(doubt: object) -> bool:
    return isinstance(doubt, (int, float)) and doubt > SILENT


def _is_phantom(text: str) -> bool:
    words = text.casefold().strip(' .!…»«"')
    return len(words) < 80 and words.startswith(PHANTOMS)

"""What a file is that a link led to: told by its bytes and by decoding it, never by its name or header."""

from collections.abc import Mapping
from typing import BinaryIO

from apps.callanalysis import wording
from apps.core.audio import Sound, probe
from apps.core.errors import Rejected

LEAST_RATE = 8000
# As FFmpeg names the container: how it is handed out, and what its name ends with.
KINDS: Mapping[str, tuple[str, str]] = {
    "mp3": ("audio/mpeg", ".mp3"),
    "wav": ("audio/wav", ".wav"),
    "ogg": ("audio/ogg", ".ogg"),
}
# Nobody but the one who records can mend it; all else is the way to the recording.
UNREADABLE = frozenset(
    {"empty_file", "web_page", "not_audio", "audio_format", "low_rate", "audio_too_long", "audio_too_slow"}
)
HEAD = 4096
PAGES = (b"<!doctype", b"<html", b"<head", b"<?xml")


def look(file: BinaryIO) -> tuple[Sound, bool]:
    """And whether it breaks off before its end. Raises Rejected with one of UNREADABLE."""
    head = _head(file)
    sound = probe(file)
    if sound.container not in KINDS:
        raise Rejected(wording.FORMAT, code="audio_format")
    if sound.rate < LEAST_RATE:
        raise Rejected(wording.LOW_RATE, code="low_rate")
    return sound, _is_cut_short(head, sound)


def _head(file: BinaryIO) -> bytes:
    """Raises Rejected for a page: of a sign-in, of an error that calls itself a success."""
    file.seek(0)
    head = file.read(HEAD)
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(PAGES):
        raise Rejected(wording.WEB_PAGE, code="web_page")
    return head


def _is_cut_short(head: bytes, sound: Sound) -> bool:
    """An MP3 without the frame that counts the others claims nothing: its length is guessed by its size."""
    is_counted = sound.container == "mp3" and (b"Xing" in head or b"Info" in head)
    return is_counted and sound.claimed is not None and sound.seconds < 0.95 * sound.claimed - 1

"""A file is what its bytes say; what a page shows in its place is never taken on a sender's word."""

import pytest

from apps.core.content_types import INLINE, UNKNOWN, content_type_of
from tests.sounds import picture, sound

HTML = b"<!DOCTYPE html><script>alert(1)</script>"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (picture("JPEG"), "image/jpeg"),
        (picture("PNG"), "image/png"),
        (picture("GIF"), "image/gif"),
        (picture("WEBP"), "image/webp"),
        (sound("ogg"), "audio/ogg"),
        (sound("m4a"), "audio/mp4"),
        (sound("mp3"), "audio/mpeg"),
        (sound("wav"), "audio/wav"),
        (sound("flac"), "audio/flac"),
        (sound("amr"), "audio/amr"),
        (sound("webm"), "video/webm"),
        (sound("mp4"), "video/mp4"),
        (b"%PDF-1.7", "application/pdf"),
        (b"\x00\x00\x00\x18ftypheic\x00", "image/heic"),
    ],
)
def test_the_bytes_tell(content: bytes, expected: str) -> None:
    assert content_type_of(content[:64], named="text/html") == expected


def test_of_a_container_for_both_the_sender_says_whether_it_is_sound() -> None:
    assert content_type_of(sound("webm")[:64], named="audio/webm;codecs=opus") == "audio/webm"
    assert content_type_of(sound("mp4")[:64], named="", is_sound=True) == "audio/mp4"


@pytest.mark.parametrize("named", sorted(INLINE))
def test_nothing_is_shown_in_a_page_on_its_name_alone(named: str) -> None:
    assert content_type_of(HTML, named=named, is_sound=True) == UNKNOWN


@pytest.mark.parametrize("named", ["text/html", "image/svg+xml", "application/xml", "application/pdf"])
def test_what_a_browser_would_run_is_never_shown_in_a_page(named: str) -> None:
    assert content_type_of(HTML, named=named) not in INLINE

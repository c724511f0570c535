"""A file is what its bytes say; what a page shows in its place is never taken on a sender's word."""

import pytest

from apps.core.files.sniffing import INLINE, UNKNOWN, content_type_of, is_program
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


@pytest.mark.parametrize(
    ("head", "named", "kept"),
    [
        (b"\xff\xd8\xff\xe0", "text/html", "image/jpeg"),
        (b"\x1aE\xdf\xa3\x9fB\x82\x84webm", "audio/webm; codecs=opus", "audio/webm"),
        (b"\x1aE\xdf\xa3\x9fB\x82\x84webm", "", "video/webm"),
        (b"\x1aE\xdf\xa3\x9fB\x82\x84webm", "text/html", "video/webm"),
        (b"\x1aE\xdf\xa3\x9fB\x82\x88matroska", "audio/webm", "application/octet-stream"),
        (b"\x00\x00\x00\x1cftypiso5", "audio/mp4", "audio/mp4"),
        (b"\x00\x00\x00\x1cftypmp42", "video/mp4", "video/mp4"),
        (b"\x00\x00\x00\x1cftypM4A ", "", "audio/mp4"),
        (b"\x00\x00\x00\x1cftypheic", "image/jpeg", "image/heic"),
        (b"\x00\x00\x00\x1cftypavif", "", "image/avif"),
        (b"<svg/>", "image/svg+xml", "image/svg+xml"),
        (b"<html>", "image/png", "application/octet-stream"),
        (b"", "", "application/octet-stream"),
    ],
)
def test_bytes_decide_and_a_name_never_makes_a_file_shown(head, named, kept):
    assert content_type_of(head, named=named) == kept


@pytest.mark.parametrize("head", [b"MZ\x90", b"\x7fELF", b"#!/bin/sh", b"dex\n035"])
def test_a_program_is_told_by_its_bytes(head):
    assert is_program(head)
    assert not is_program(b"%PDF" + head)

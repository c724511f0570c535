"""What a file is, by its bytes; and phone numbers as people type them."""

import pytest

from apps.core.files.sniffing import is_program, sniff, trusted
from apps.core.phones import normalise_phone


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
    assert trusted(sniff(head), named) == kept


@pytest.mark.parametrize("head", [b"MZ\x90", b"\x7fELF", b"#!/bin/sh", b"dex\n035"])
def test_a_program_is_told_by_its_bytes(head):
    assert is_program(head)
    assert not is_program(b"%PDF" + head)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("8 (900) 123-45-67", "+79001234567"),
        ("+7 900 123 45 67", "+79001234567"),
        ("79001234567", "+79001234567"),
        ("900 1234567", "+79001234567"),
        ("+375 29 123-45-67", "+375291234567"),
        ("+8 10 1234 5678", "+81012345678"),
        ("", ""),
        ("12345", ""),
        ("+" + "1" * 16, ""),
        ("8 900 123 45 67 Иван", ""),
        ("٩٠٠١٢٣٤٥٦٧", "+79001234567"),
        ("²³⁴⁵⁶⁷⁸⁹", ""),
    ],
)
def test_a_number_is_one_however_it_is_typed(typed, kept):
    assert normalise_phone(typed) == kept

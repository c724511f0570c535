"""Golden vectors: how each platform wants a phone and an e-mail, and what comes out of it."""

import pytest

from apps.ads.contract import Algorithm
from apps.ads.hashing import digest, email_for, phone_for, uploaded

IVAN = "ivan@example.com"


@pytest.mark.parametrize(
    ("typed", "digits"),
    [
        ("8 (999) 555-11-11", "79995551111"),
        ("+7 999 555 11 11", "79995551111"),
        ("9995551111", "79995551111"),
        (" 79995551111 ", "79995551111"),
        ("+375 29 123-45-67", "375291234567"),
        ("позвоните мне", ""),
        ("123", ""),
        ("", ""),
    ],
)
def test_a_phone_is_digits_and_for_one_network_begins_with_a_plus(typed: str, digits: str) -> None:
    assert phone_for(typed, plus=False) == digits
    assert phone_for(typed, plus=True) == (f"+{digits}" if digits else "")


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("  Ivan@Example.COM ", IVAN),
        ("ivan @example.com", IVAN),
        ("ivan", ""),
        ("@example.com", ""),
        ("ivan@localhost", ""),
        ("", ""),
    ],
)
def test_an_e_mail_is_lower_case_without_white_space(typed: str, address: str) -> None:
    assert email_for(typed) == address


@pytest.mark.parametrize(
    ("value", "algorithm", "golden"),
    [
        (IVAN, Algorithm.SHA256, "7540acb4f04b207c72715708ef0f417c9876b12a94a08173834874d3a3fc7446"),
        ("79995551111", Algorithm.SHA256, "22846ab8f79870871eb44f653419a4a5069301827d8ae75b6c2a88e4989a364e"),
        (
            "+79995551111",
            Algorithm.SHA256,
            "86cc60992d2e0fde2e5511d462b755057f8f5c6b259a1ff7c2eee2ea284eb113",
        ),
        (IVAN, Algorithm.MD5, "2feb444c58cd098daac78bc257680383"),
        ("79011234567", Algorithm.MD5, "d9802251af2e53a7d2e1b1af3792940a"),
        (IVAN, Algorithm.PLAIN, IVAN),
    ],
)
def test_what_is_uploaded(value: str, algorithm: Algorithm, golden: str) -> None:
    assert uploaded(value, algorithm) == golden


def test_what_goes_in_the_clear_is_kept_as_a_hash() -> None:
    assert digest(IVAN, Algorithm.PLAIN) == uploaded(IVAN, Algorithm.SHA256)
    assert digest(IVAN, Algorithm.MD5) == uploaded(IVAN, Algorithm.MD5)

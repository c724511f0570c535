"""Figures of a conversation by its seconds alone, and what is recognised as no conversation."""

from typing import Any

import pytest

from apps.callanalysis.measuring import measure
from apps.callanalysis.models import CallOutcome
from apps.callanalysis.recognising import recognise


def said(speaker: str, start: float, end: float, text: str = "Да.") -> dict[str, Any]:
    return {"speaker": speaker, "start": start, "end": end, "text": text}


def test_a_conversation_is_measured_by_its_seconds() -> None:
    figures = measure(
        [
            said("manager", 0, 10, "Добрый день! Чем помочь?"),
            said("client", 11, 21, "Сколько стоит? И когда?"),
            said("manager", 20, 30),  # before the client has ended, for a second
            said("manager", 31, 40),  # after a breath: the same stretch
            said("client", 42, 52),
            said("manager", 55, 56),
        ],
        seconds=60,
    )
    assert figures == {
        "talk": {"manager": 30, "client": 20},
        "talk_ratio": 0.6,
        "silence": 11.0,  # of sixty, in which forty-nine are talked, one of them by both
        "longest_monologue": {"manager": 20, "client": 10},
        "interruptions": {"manager": 1, "client": 0},
        "patience": 3.0,
        "questions": {"manager": 1, "client": 2},
    }


def test_what_cannot_be_known_is_left_out() -> None:
    assert measure([said("", 0, 2), said("", 3, 5, "Кто?")], seconds=10) == {"silence": 6.0}
    alone = measure([said("manager", 0, 2)], seconds=10)
    assert alone["talk"] == {"manager": 2}
    assert not {"talk_ratio", "patience", "interruptions"} & alone.keys()
    nobody_answers = measure([said("manager", 0, 2), said("client", 3, 5)], seconds=5)
    assert "patience" not in nobody_answers


GREETING = "Вас приветствует голосовая почта абонента. Говорите после сигнала."
LONG = "Я вчера звонил вам по поводу замены экрана и хотел бы узнать, готов ли телефон. " * 8


@pytest.mark.parametrize(
    ("lines", "outcome"),
    [
        ([said("client", 0, 5, GREETING)], CallOutcome.VOICEMAIL),
        (
            [said("client", 0, 5, GREETING), said("manager", 6, 12, "Перезвоните нам, пожалуйста.")],
            CallOutcome.VOICEMAIL,
        ),
        ([said("", 0, 5, "The person you are calling is not available.")], CallOutcome.VOICEMAIL),
        # People who only speak of machines.
        ([said("client", 0, 9, f"У меня был включён автоответчик. {LONG}")], None),
        ([said("manager", 0, 5, "Я оставил вам сообщение на автоответчике"), said("client", 5, 9)], None),
        ([said("client", 0, 5, "Его нет, оставьте сообщение"), said("manager", 5, 9)], None),
        ([], CallOutcome.SILENCE),
        ([said("client", 0, 5, "…")], None),
    ],
)
def test_machines_are_told_from_people(lines: list[dict[str, Any]], outcome: CallOutcome | None) -> None:
    assert recognise(lines, languages=["ru"], expected="ru") == outcome


@pytest.mark.parametrize(
    ("text", "languages", "expected", "is_foreign"),
    [
        ("I would like to know how much a new screen for my phone costs here, please.", ["ru"], "ru", True),
        ("I would like to know how much a new screen for my phone costs here, please.", ["en"], "", False),
        ("Добрый день, сколько стоит новый экран для моего телефона у вас в сервисе?", ["en"], "en", True),
        ("Сколько стоит экран для iPhone 15 Pro Max, Samsung Galaxy S24 Ultra?", ["ru"], "ru", False),
        ("Hello!", ["en"], "ru", False),
        ("Добрий день, скільки коштує новий екран для мого телефона? " * 3, ["uk"], "ru", True),
        ("Добрий день, скільки коштує новий екран для мого телефона? " * 3, ["uk", "ru"], "ru", False),
        ("Алло.", ["uk"], "ru", False),
    ],
)
def test_another_language_is_told_only_where_it_is_plain(
    text: str, languages: list[str], expected: str, is_foreign: bool
) -> None:
    found = recognise([said("client", 0, 9, text)], languages=languages, expected=expected)
    assert (found == CallOutcome.LANGUAGE) is is_foreign

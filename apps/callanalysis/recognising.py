"""Calls in which nobody talks with anybody: silence, an answering machine, another language. Rules, no model.

A call is judged so only where it is plain: a conversation taken for a machine would never be looked at.
"""

import re
from collections.abc import Collection, Sequence
from typing import Any

from apps.callanalysis.measuring import CLIENT, MANAGER
from apps.callanalysis.models import CallOutcome

Segment = dict[str, Any]

# What only a machine says; in the words it begins with, and it says little more.
MACHINE = re.compile(
    r"(после (звукового |длинного )?(сигнала|гудка)|голосов\w+ почт|автоответчик"
    r"|абонент (сейчас |временно )?(недоступен|не отвечает|не может ответить|находится вне зоны)"
    r"|аппарат (вызываемого )?абонента|after the (tone|beep|signal)|voice ?mail|answering machine"
    r"|(person|number|subscriber) you (are calling|have (called|dialled|dialed))\b.{0,40}"
    r"(not available|unavailable|switched off|cannot be reached))",
    re.IGNORECASE | re.DOTALL,
)
BEGINNING, MOST_WORDS = 300, 60
# So many letters tell the script; of them so large a part is in the other one.
LETTERS, FOREIGN = 40, 0.8
CYRILLIC = re.compile(r"[Ѐ-ӿ]")
LATIN = re.compile(r"[A-Za-z]")
LATIN_SPOKEN = frozenset({"en"})
# Said by the model of every part, and of a text long enough that it can know.
SURE_LETTERS = 100


def recognise(
    segments: Sequence[Segment], *, languages: Collection[str], expected: str
) -> CallOutcome | None:
    """None for a conversation. `languages` are those that the model named, `expected` the setting."""
    text = " ".join(one["text"] for one in segments).strip()
    if not text:
        return CallOutcome.SILENCE
    if _is_machine(segments):
        return CallOutcome.VOICEMAIL
    if expected and _is_foreign(text, set(languages), expected):
        return CallOutcome.LANGUAGE
    return None


def _is_machine(segments: Sequence[Segment]) -> bool:
    """The other side is a machine's greeting and nothing else, whatever the manager leaves after its tone."""
    theirs = [one for one in segments if one["speaker"] != MANAGER]
    text = " ".join(one["text"] for one in theirs)
    if len(text.split()) > MOST_WORDS or not MACHINE.search(text[:BEGINNING]):
        return False
    return (
        all(one["speaker"] in ("", CLIENT) for one in theirs) or len({one["speaker"] for one in theirs}) == 1
    )


def _is_foreign(text: str, languages: set[str], expected: str) -> bool:
    cyrillic, latin = len(CYRILLIC.findall(text)), len(LATIN.findall(text))
    letters = cyrillic + latin
    other = cyrillic if expected in LATIN_SPOKEN else latin
    if letters >= LETTERS and other >= FOREIGN * letters:
        return True
    return letters >= SURE_LETTERS and bool(languages) and expected not in languages

"""A quote counts where these words were said, whatever their case, dots and commas; and nowhere else."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.callanalysis.evidence import Spoken
from tests.callanalysis.judges import SAID, segments

SPOKEN: Any = Spoken(segments())


@pytest.mark.parametrize(
    ("quote", "line", "second", "speaker", "words"),
    [
        ("меня зовут Ёлкин Пётр", 1, 0.0, "manager", "меня зовут Ёлкин Пётр"),
        ("МЕНЯ ЗОВУТ — ЕЛКИН, ПЕТР!", None, 0.0, "manager", "меня зовут Ёлкин Пётр"),
        ("«телефон  самсунг»", 5, 6.0, "client", "телефон Самсунг"),
        # One sentence, into which the client threw a word.
        ("приезжайте завтра к десяти часам", 3, 12.5, "manager", "приезжайте завтра к десяти часам"),
        # Two speakers, where the voices may have been told apart wrongly.
        ("к десяти часам. Да, договорились", 5, 19.0, "manager", "к десяти часам. Да, договорились"),
        ("Ага", 4, 18.0, "client", "Ага"),
        ("Да", 6, 24.0, "client", "Да"),
    ],
)
def test_words_that_were_said_are_found(quote, line, second, speaker, words):
    found = SPOKEN.find(quote, line=line)
    assert found is not None
    assert (found.second, found.speaker, found.quote) == (second, speaker, words)


@pytest.mark.parametrize(
    ("quote", "line"),
    [
        ("", 1),
        ("«…»", 1),
        ("меня зовут Иван", 1),
        ("елефон самсунг", 2),  # words are found whole
        ("телефон самсун", 2),
        ("ремонт пять тысяч", 3),  # what stands between is left out
        ("Да", 2),  # so short a word proves nothing elsewhere
        ("Да", None),
        ("Ага", 999),
    ],
)
def test_words_that_were_not_said_are_not(quote, line):
    assert SPOKEN.find(quote, line=line) is None


def test_of_several_places_it_is_the_one_that_was_meant():
    spoken: Any = Spoken(segments([("manager", n, "хорошо, записываю вас") for n in range(5)]))
    assert [spoken.find("записываю вас", line=line).second for line in (1, 4, 9)] == [0, 3, 4]
    assert spoken.find("записываю вас").second == 0


def test_of_a_silent_call_nothing_is_found():
    assert Spoken([]).find("добрый день") is None


SAYABLE = ["алло", "ёж", "рубль", "500", "да", "iPhone14", "так-то", "дом"]
words = st.lists(st.sampled_from(SAYABLE), min_size=1, max_size=8)


@given(st.lists(st.tuples(st.sampled_from("AB"), words), min_size=1, max_size=6), st.data())
def test_every_run_of_whole_words_of_a_line_is_found_however_it_is_written(said, data):
    spoken: Any = Spoken(segments([(who, float(n), " ".join(line)) for n, (who, line) in enumerate(said)]))
    number = data.draw(st.integers(0, len(said) - 1))
    who, line = said[number]
    start = data.draw(st.integers(0, len(line) - 1))
    end = data.draw(st.integers(start + 1, len(line)))
    change = data.draw(st.sampled_from([str.upper, str.title, lambda text: text.replace("ё", "е")]))
    between = data.draw(st.sampled_from([" ", ", ", " — ", "... "]))
    found = spoken.find(change(between.join(line[start:end])), line=number + 1)
    assert found is not None
    assert (found.speaker, found.second) == (who, number) or len("".join(line[start:end])) >= 8
    assert found.quote.split()[0] == line[start]


@given(st.text(alphabet="бвгджзклмн", min_size=8, max_size=20))
def test_no_made_up_word_is_found(word):
    assert SPOKEN.find(word) is None or word in " ".join(text for _, _, text in SAID).lower()

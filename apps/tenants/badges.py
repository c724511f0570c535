"""Colours of states in lists."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from django.utils.safestring import SafeString
from unfold.utils import display_for_label


class Colours(dict[Any, str]):
    """For unfold's `display(label=…)`, which tells a state without a colour by its raw value: here it is told
    in words as well, only plain.
    """

    def __init__(self, colours: Mapping[Any, str]) -> None:
        super().__init__(colours)

    def __missing__(self, state: Any) -> None:
        return None


@lru_cache(maxsize=500)
def badge(text: str, colour: str | None) -> SafeString:
    """As `display(label=…)` draws it, which renders two templates a row: a list has a few states only."""
    drawn: SafeString = display_for_label(text, "", {text: colour})
    return drawn

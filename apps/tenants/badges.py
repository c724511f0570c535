"""Colours of states in lists."""

from collections.abc import Mapping
from typing import Any


class Colours(dict[Any, str]):
    """For unfold's `display(label=…)`, which tells a state without a colour by its raw value: here it is told
    in words as well, only plain.
    """

    def __init__(self, colours: Mapping[Any, str]) -> None:
        super().__init__(colours)

    def __missing__(self, state: Any) -> None:
        return None

"""A state in a list is told in words, whether it has a colour or not."""

from django.contrib import admin
from unfold.utils import display_for_label

from apps.tenants.badges import Colours


def test_a_state_without_a_colour_is_told_in_words() -> None:
    assert "черновик" in display_for_label(("draft", "черновик"), "-", Colours({"sent": "success"}))


def test_every_list_that_colours_states_does_so() -> None:
    """A plain dict would show the raw value of a state it forgot."""
    coloured = {
        f"{type(one).__name__}.{name}": label
        for one in admin.site._registry.values()
        for name in one.list_display
        if isinstance(label := getattr(getattr(one, str(name), None), "label", None), dict)
    }
    assert coloured
    assert {name for name, label in coloured.items() if not isinstance(label, Colours)} == set()

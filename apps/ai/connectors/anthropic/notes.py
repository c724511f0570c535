"""What a person should know about the model that the settings name."""

from collections.abc import Sequence

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise, lazy
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from apps.ai.connectors.anthropic.capabilities import capabilities_of, in_force, retires_on

lazy_date = lazy(date_format, str)


def notes_on(model: str) -> Sequence[str | Promise]:
    """Lazy, because whoever keeps them keeps them in every language."""
    used = in_force(model)
    notes: list[str | Promise] = []
    if used != model:
        gone = _("The model {old} is gone; {new} answers in its place. Choose another in the settings.")
        notes.append(format_lazy(gone, old=model, new=used))
    elif (day := retires_on(model)) and day > timezone.now().date():
        ends = _("The model {model} will be switched off on {day}. Choose another in the settings.")
        notes.append(format_lazy(ends, model=model, day=lazy_date(day)))
    if capabilities_of(used).prices is None:
        free = _("The price of the model {model} is not known: its calls are counted as free.")
        notes.append(format_lazy(free, model=used))
    return notes

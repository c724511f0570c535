"""Reply buttons under a message: which of them a channel takes, how they stand there, what a press says."""

from collections.abc import Iterable, Sequence

from django.utils.translation import gettext as _

from apps.channels.contract import ButtonLimits, Capability, Limits
from apps.core.text import clean_name

# Two of these stand side by side on a phone.
SHORT = 12


def offered(can: frozenset[str], limits: Limits) -> ButtonLimits | None:
    """None where the channel has none."""
    return limits.buttons if Capability.BUTTONS in can else None


def cleaned(texts: Iterable[str]) -> tuple[str, ...]:
    """As people entered them: each on one line, without the empty ones."""
    return tuple(filter(None, (clean_name(text, limit=None) for text in texts)))


def refusal_of(buttons: Sequence[str], *, offer: ButtonLimits | None, text: str) -> str | None:
    """The reason, in the reader's language, why these can't go under this text; None where they can."""
    if offer is None:
        return _("This service has no buttons under messages. Write the choices into the text.")
    if not text.strip():
        return _("Write a message first: buttons stand under a text.")
    if len(buttons) > offer.most:
        return _("At most %(limit)d buttons go under one message here; these are %(count)d.") % {
            "limit": offer.most,
            "count": len(buttons),
        }
    if long := next((button for button in buttons if len(button) > offer.characters), None):
        return _("A button may have %(limit)d characters here; «%(button)s» has %(length)d.") % {
            "limit": offer.characters,
            "button": long,
            "length": len(long),
        }
    if twice := next((button for button in buttons if list(buttons).count(button) > 1), None):
        return _("Two buttons say the same: «%(button)s». Change one of them.") % {"button": twice}
    return None


def pressed_note(data: str, *, words: str) -> str:
    """Of a button that was pressed: `data` is what the service calls it, `words` what stands on it.

    Nothing where the one is the other, as on ours. What another program's buttons are called is a code: it is
    shown where no words tell which it was.
    """
    if not data or data == words:
        return ""
    return _("[button pressed]") if words else _("[button pressed: %(data)s]") % {"data": data}


def in_rows(buttons: Sequence[str], *, most_rows: int) -> list[list[str]]:
    """One below the other; side by side where all are short, or where so many rows are not to be had."""
    is_narrow = len(buttons) > most_rows or all(len(button) <= SHORT for button in buttons)
    across = 2 if is_narrow else 1
    return [list(buttons[start : start + across]) for start in range(0, len(buttons), across)]

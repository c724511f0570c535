"""Why a message did not arrive, where Meta tells it later, by its number alone."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.channels.connectors.whatsapp.meaning import MEANINGS
from apps.core.errors import OutsideError, RateLimited, Transient

FAILURE_CODES = frozenset(map(str, MEANINGS))
# Told of a message that Meta had taken: what would be tried again before it was taken no longer is.
_NOT_REPEATED: Mapping[type[OutsideError], str | Promise] = {
    RateLimited: _(
        "WhatsApp held the message back because too much was sent. It is not repeated by itself: send it "
        "again later."
    ),
    Transient: _(
        "WhatsApp could not deliver the message because of a failure of its own. It is not repeated by "
        "itself: send it again."
    ),
}


def sentence_of(code: str) -> str | Promise | None:
    """Pure. None for a number that nobody has explained yet."""
    make = MEANINGS.get(int(code)) if code.isascii() and code.isdecimal() and len(code) < 10 else None
    if make is None:
        return None
    error = make()
    return next((said for kind, said in _NOT_REPEATED.items() if isinstance(error, kind)), error.public)

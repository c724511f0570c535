"""Why a message did not arrive, where the provider tells it later, by its code alone."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.channels.connectors.whatsapp import meaning
from apps.channels.connectors.whatsapp.green_api.meaning import NO_ACCOUNT
from apps.channels.connectors.whatsapp.refusals import Make, gone
from apps.channels.connectors.whatsapp.twilio import meaning as twilio
from apps.core.errors import OutsideError, RateLimited, Transient

# None uses a code of another's; Bird tells Meta's.
MEANINGS: Mapping[str, Make] = {
    **{str(number): make for number, make in (*twilio.MEANINGS.items(), *meaning.MEANINGS.items())},
    NO_ACCOUNT: gone,
}
FAILURE_CODES = frozenset(MEANINGS)
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
    """Pure. None for a code that nobody has explained yet."""
    make = MEANINGS.get(code)
    if make is None:
        return None
    error = make()
    return next((said for kind, said in _NOT_REPEATED.items() if isinstance(error, kind)), error.public)

"""The organisation's AI asked about a talk: what is wrong with the AI is no end of it, it waits."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from apps.ai.asking import CapReached, Unusable, is_locked_out, ready
from apps.ai.contract import Ending
from apps.ai.judging import TooLong
from apps.core.errors import AuthFailed, ConfigInvalid, RateLimited, Rejected, Transient
from apps.integrations.models import Connection
from apps.tenants.models import Tenant

NO_THINKER = _("No AI that reads is connected. It goes on by itself once there is one.")
TOO_LONG = _("More was said than an AI can read at once.")
REFUSED = _("The AI declines to judge it.")
CUT_OFF = _("The AI's answer was cut off: ask for less at once, or allow longer answers in its settings.")
NO_SENSE = _("The AI's answer made no sense, each time it was asked.")
# How often it is looked whether there is one, or it is paid for, or its settings are mended.
LOOK_AGAIN = timedelta(minutes=2)
ENDS = {Ending.REFUSED: (REFUSED, "ai_refused"), Ending.TRUNCATED: (CUT_OFF, "ai_cut_off")}


def thinker(tenant: Tenant) -> Connection:
    """Raises RateLimited, which is no try and no failure: its reason stands in the row meanwhile."""
    connection = ready(tenant)
    if connection is not None:
        return connection
    if is_locked_out(tenant):
        raise RateLimited(AuthFailed.public, code=AuthFailed.code, after=LOOK_AGAIN)
    raise RateLimited(NO_THINKER, code="no_thinker", after=LOOK_AGAIN)


@contextmanager
def consulting() -> Iterator[None]:
    """Around the question: what the AI's troubles mean for the row that asks."""
    try:
        yield
    except (AuthFailed, ConfigInvalid, CapReached) as error:
        raise RateLimited(error.public, code=error.code, after=LOOK_AGAIN) from None
    except TooLong:
        raise Rejected(TOO_LONG, code="too_long") from None
    except Unusable as error:
        if error.ending in ENDS:
            public, code = ENDS[error.ending]
            raise Rejected(public, code=code) from None
        # Another time it may make sense.
        raise Transient(NO_SENSE, code="ai_no_sense") from None

"""What the page had shown when «send» was pressed, and the warning where more had happened."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import formats, timezone
from django.utils.translation import gettext as _

from apps.appeals.colliding import Collision, Known
from apps.appeals.desk.doors import number
from apps.appeals.masking import masked
from apps.appeals.models import Author, Message
from apps.core.text import clean
from apps.tenants.models import Phones

# Of each message that came meanwhile.
HEAD = 300


def known(request: HttpRequest) -> Known:
    """`seen` is the newest message in the feed, `shown` the newest that a warning showed."""
    told = [number(request.POST.get(name, "")) for name in ("seen", "shown")]
    return Known(
        newest=max((one for one in told if one is not None), default=None),
        keeper=number(request.POST.get("keeper", "")),
    )


def collided(error: Collision, phones: Phones) -> HttpResponse:
    """Sent again with `shown` and `keeper` as they are here, it goes."""
    answer: dict[str, Any] = {"ok": False, "error": str(error.public), "code": error.code}
    answer["newer"] = [_told(message, phones) for message in error.newer]
    answer["shown"] = error.newer[-1].pk if error.newer else None
    if error.keeper is not None:
        asked = _("%(name)s leads this appeal. Answer all the same?") % {"name": error.keeper.name}
        answer["keeper"] = {"id": error.keeper.pk, "asked": asked}
    return JsonResponse(answer, status=409)


def _told(message: Message, phones: Phones) -> dict[str, str]:
    if message.author == Author.CLIENT:
        by = _("Client")
    else:
        by = message.operator.name if message.operator else _("We")
    return {
        "by": by,
        "text": masked(clean(message.text or message.note or "…", limit=HEAD), phones),
        "at": formats.time_format(timezone.localtime(message.sent_at), "H:i"),
    }

"""When clients read what we wrote: Avito tells it of each message, and only in its chat's history.

`read` is when the other side read it. `is_read` beside it is about the account that asks: it says nothing of
the client. That a client wrote after it is nowhere said to mean that they read it.
https://developers.avito.ru/api-catalog/messenger/documentation#operation/getMessagesV3
"""

from datetime import datetime

from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from apps.channels.connectors.avito import transport
from apps.channels.connectors.avito.history import PAGE
from apps.channels.connectors.avito.ids import first_key
from apps.channels.connectors.avito.moments import moment
from apps.channels.connectors.avito.normalised import is_normalised, original
from apps.channels.connectors.avito.spec import Config
from apps.channels.shapes import Shape, part
from apps.integrations.opening import Opened


@sensitive_variables()
def read_times(opened: Opened[Config], *, external_chat_id: str) -> dict[str, datetime]:
    """Of the newest hundred messages, by their ids; those that were not read are not in it.

    An MCP server hands on Avito's own answer, or has it in `meta.raw`. Where it leaves `read` out, nothing is
    ever known to be read.
    """
    messages = transport.of(opened).list_messages(opened, external_chat_id, limit=PAGE, offset=0)
    now = timezone.now()
    told = ((_id(message), moment(_held(message).get("read"))) for message in messages)
    return {key: min(at, now) for key, at in told if key and at}


def _held(message: Shape) -> Shape:
    return original(message) if is_normalised(message) else message


def _id(message: Shape) -> str:
    held = _held(message)
    return first_key((part(message, "meta"), "external_message_id"), (held, "id"), (held, "message_id"))

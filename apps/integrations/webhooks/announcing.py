"""The one door for whoever has something to tell to another system."""

import json
from collections.abc import Mapping
from typing import Any

from apps.core.text import clean, clean_json
from apps.integrations.webhooks.models import WebhookDelivery, WebhookEndpoint, new_message_id


def announce(
    *, endpoint: WebhookEndpoint | None, kind: str, fields: Mapping[str, Any], subject: str
) -> WebhookDelivery | None:
    """Call it in the transaction that makes the thing true: it is told if and only if that commits.

    `fields` is plain JSON; `type` and `id` are added at its top level. None where there is nobody to tell.
    Also for an endpoint that is switched off: then it is kept, and sent once somebody switches it on.
    """
    if endpoint is None:
        return None
    if taken := {"type", "id"} & fields.keys():
        raise ValueError(f"{', '.join(sorted(taken))}: added here")
    message_id = new_message_id()
    return WebhookDelivery.objects.create(
        tenant_id=endpoint.tenant_id,
        endpoint=endpoint,
        message_id=message_id,
        kind=kind,
        subject=clean(subject, limit=200),
        body=body_of(kind=kind, message_id=message_id, fields=fields),
    )


def body_of(*, kind: str, message_id: str, fields: Mapping[str, Any]) -> str:
    whole = {"type": kind, "id": message_id, **clean_json(dict(fields))}
    return json.dumps(whole, ensure_ascii=False, allow_nan=False)

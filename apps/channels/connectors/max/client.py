"""Calls of MAX's bot API, and what its errors mean. https://dev.max.ru/docs-api"""

from collections.abc import Mapping
from typing import IO, Any, BinaryIO
from urllib.parse import quote

from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from apps.channels.connectors.max.errors import meaning, not_max, upload_meaning
from apps.channels.connectors.max.spec import Config
from apps.core.errors import OutcomeUnknown, Rejected
from apps.core.http import Http
from apps.integrations.opening import Opened

TIMEOUT = (5.0, 20.0)
# Long enough for 50 MB over a slow line; what works on deliveries holds its lease for longer.
UPLOAD_SECONDS = 120.0
DOWNLOAD_SECONDS = 180.0


@sensitive_variables()
def get(opened: Opened[Config], path: str) -> Mapping[str, Any]:
    with _http(opened) as http:
        found = http.get(path).json
    if not isinstance(found, dict):
        raise not_max()
    return found


@sensitive_variables()
def subscribe(opened: Opened[Config], values: Mapping[str, Any]) -> None:
    """Subscribing the same address again is the same subscription, so that it may be repeated."""
    with _http(opened) as http:
        found = http.post("/subscriptions", json=dict(values), idempotent=True).json
    if not isinstance(found, dict) or not isinstance(found.get("success"), bool):
        raise not_max()
    if not found["success"]:
        raise Rejected(
            _(
                "MAX did not accept the webhook's address: it calls https on port 443 with a trusted "
                "certificate."
            ),
            code="webhook_refused",
        )


@sensitive_variables()
def post_message(opened: Opened[Config], to: Mapping[str, int], values: Mapping[str, Any]) -> str:
    """The id of the message made (`body.mid`). A lost or unreadable answer is OutcomeUnknown."""
    with _http(opened) as http:
        found = http.post("/messages", params=dict(to), json=dict(values)).json
    message = found.get("message") if isinstance(found, dict) else None
    body = message.get("body") if isinstance(message, dict) else None
    mid = body.get("mid") if isinstance(body, dict) else None
    if not isinstance(mid, str) or not mid:
        raise OutcomeUnknown(code="no_message_id")
    return mid


@sensitive_variables()
def answer(opened: Opened[Config], callback: str, notification: str) -> None:
    """https://dev.max.ru/docs-api/methods/POST/answers"""
    with _http(opened) as http:
        told = {"notification": notification}
        found = http.post("/answers", params={"callback_id": callback}, json=told, idempotent=True).json
    if not isinstance(found, dict):
        raise not_max()


@sensitive_variables()
def act(opened: Opened[Config], chat: str, action: str) -> None:
    """https://dev.max.ru/docs-api/methods/POST/chats/-chatId-/actions"""
    with _http(opened) as http:
        path = f"/chats/{quote(chat, safe='')}/actions"
        found = http.post(path, json={"action": action}, idempotent=True).json
    if not isinstance(found, dict):
        raise not_max()


@sensitive_variables()
def upload(opened: Opened[Config], kind: str, *, name: str, content: IO[Any], content_type: str) -> str:
    """The token by which a message names the file. Nothing is sent by it, so that it may be repeated.

    `kind` is image, video, audio or file. https://dev.max.ru/docs-api/methods/POST/uploads
    """
    with _http(opened) as http:
        ticket = http.post("/uploads", params={"type": kind}, idempotent=True).json
        url = ticket.get("url") if isinstance(ticket, dict) else None
        if not isinstance(url, str) or not url.startswith(("http://", "https://")):
            raise not_max()
        answer = http.post(
            url,
            files={"data": (name, content, content_type)},
            idempotent=True,
            expect_json=False,  # of a video and an audio: XML
            classify=upload_meaning,
            deadline=UPLOAD_SECONDS,
        )
    token = _token(ticket) or _token(answer.json)
    if not token:
        raise Rejected(_("MAX did not take the file. Send it in another format."), code="upload_refused")
    return token


def _token(answer: Any) -> str:
    """A video's and an audio's comes with the address, a file's with the upload, an image's under its id."""
    if not isinstance(answer, dict):
        return ""
    photos = answer.get("photos")
    holders = [answer, *(photos.values() if isinstance(photos, dict) else ())]
    tokens = (one.get("token") for one in holders if isinstance(one, dict))
    return next((token for token in tokens if isinstance(token, str) and token), "")


@sensitive_variables()
def video(opened: Opened[Config], token: str) -> Mapping[str, Any]:
    """https://dev.max.ru/docs-api/methods/GET/videos/-videoToken-"""
    return get(opened, f"/videos/{quote(token, safe='')}")


@sensitive_variables()
def download(opened: Opened[Config], url: str, *, max_bytes: int, to: BinaryIO) -> str:
    """Returns the content type as the server names it. The token goes to the API alone."""
    with _http(opened) as http:
        return http.download(url, max_bytes=max_bytes, to=to, deadline=DOWNLOAD_SECONDS).content_type


def _http(opened: Opened[Config]) -> Http:
    config = opened.config
    return opened.http(
        config.base_url,
        # Without «Bearer», and never in the query.
        headers={"Authorization": config.bot_token.get_secret_value()},
        classify=meaning,
        timeout=TIMEOUT,
        ca_bundle=config.ca_bundle or None,
    )

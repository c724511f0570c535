"""The chat page, and the snippet that puts it as a button on any site."""

import json
import secrets
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_GET

from apps.channels.chat.away import away_words
from apps.channels.chat.sessions import Chat, find_chat
from apps.channels.chat.wording import page_words
from apps.channels.connectors.webchat import LIMITS
from apps.core.errors import ConfigInvalid

# In this order: the last one starts the page.
SCRIPTS = (
    "keeping",
    "holding",
    "talking",
    "filing",
    "choosing",
    "showing",
    "framing",
    "attaching",
    "recording",
    "leaving",
    "chat",
)
LONGEST_RECORDING = 300  # seconds
SCRIPT_ESCAPES = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&"}


@require_GET
@xframe_options_exempt
def page(request: HttpRequest, public_id: str) -> HttpResponse:
    """May be framed, unlike every other page; where a list of sites is set, by those alone."""
    chat = _chat_or_404(public_id)
    nonce = secrets.token_urlsafe(12)
    with translation.override(chat.channel.tenant.language):
        response = render(request, "chat/page.html", _page_context(chat, nonce))
    response["Content-Security-Policy"] = _policy(nonce, chat.config.allowed_sites)
    response["Cache-Control"] = "no-cache"
    response["Referrer-Policy"] = "strict-origin-when-cross-origin"
    return response


@require_GET
def widget(request: HttpRequest, public_id: str) -> HttpResponse:
    chat = _chat_or_404(public_id)
    with translation.override(chat.channel.tenant.language):
        words = {"open": _("Open the chat"), "close": _("Close the chat"), "unread": _("New messages: {n}")}
        setup = {
            **_look(chat),
            "id": public_id,
            "page": reverse("chat:page", args=[public_id]),
            "words": words,
        }
        response = render(
            request,
            "chat/widget.js",
            {"setup": _as_script(setup)},
            content_type="text/javascript; charset=utf-8",
        )
    response["Cache-Control"] = "public, max-age=300"
    # Other sites load it on purpose.
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


def _chat_or_404(public_id: str) -> Chat:
    try:
        chat = find_chat(public_id)
    except ConfigInvalid:
        chat = None
    if chat is None:
        raise Http404
    return chat


def _as_script(value: Any) -> SafeString:
    """JSON that is also JavaScript, and that no parser of HTML can take for an end of the script."""
    return mark_safe(json.dumps(value).translate(SCRIPT_ESCAPES))  # noqa: S308 - escaped right here


def _look(chat: Chat) -> dict[str, Any]:
    return {"title": chat.title, "colour": chat.config.colour, "on_colour": _readable_on(chat.config.colour)}


def _page_context(chat: Chat, nonce: str) -> dict[str, Any]:
    return {
        **_look(chat),
        "nonce": nonce,
        "setup": _setup(chat),
        "scripts": [f"chat/{name}.js" for name in SCRIPTS],
        "privacy_url": chat.config.privacy_url,
    }


def _setup(chat: Chat) -> dict[str, Any]:
    """All that the page's scripts need, as JSON in the page."""
    public_id = chat.channel.public_id
    return {
        "id": public_id,
        "messages": reverse("chat:messages", args=[public_id]),
        "seen": reverse("chat:seen", args=[public_id]),
        "open": chat.is_open,
        "greeting": chat.config.greeting or _("Hello! How can we help?"),
        "offline": chat.config.offline_text or _("The chat takes no messages at the moment."),
        "away": away_words(chat),
        "longest": LIMITS.text,
        "largest": LIMITS.file_bytes,
        "longest_recording": LONGEST_RECORDING,
        # With a list of sites no other frames the page: then the site may keep who the visitor is.
        "lends": bool(chat.config.allowed_sites),
        "language": translation.get_language(),
        "words": page_words(),
    }


def _policy(nonce: str, sites: list[str]) -> str:
    own = f"script-src 'self'; style-src 'self' 'nonce-{nonce}'; connect-src 'self'"
    shown = "img-src 'self' data: blob:; media-src 'self' blob:"
    policy = f"default-src 'none'; {own}; {shown}; base-uri 'none'; form-action 'none'"
    return f"{policy}; frame-ancestors 'self' {' '.join(sites)}" if sites else policy


def _readable_on(colour: str) -> str:
    """Black or white, whichever has more contrast (WCAG's relative luminance)."""
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return "#000000" if luminance > 0.179 else "#ffffff"

"""The chat on the tenant's own site: a messenger whose «vendor side» is ourselves (`apps.channels.chat`)."""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, BinaryIO
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _
from pydantic import AfterValidator, Field

from apps.channels.contract import (
    ButtonLimits,
    Capability,
    Inbound,
    Incoming,
    Limits,
    Media,
    MediaKind,
    Outgoing,
    Reply,
    Sender,
    Sent,
    WebhookRequest,
)
from apps.channels.models import ChatLine, ChatVisitor
from apps.channels.registering import ensure_channel
from apps.core.errors import Rejected
from apps.core.files.storing import copy_stored
from apps.integrations.contract import Account, Category, Connect, ConnectorConfig, Fact, Spec
from apps.integrations.models import Connection
from apps.integrations.opening import Opened

SPEC = Spec(
    slug="webchat",
    name=_("Chat on your site"),
    category=Category.MESSENGER,
    icon="integrations/webchat.svg",
    description=_("A chat page and a button for your own site. Needs no account anywhere."),
    connect=Connect.NONE,
    capabilities=frozenset(
        {
            Capability.TEXT,
            Capability.IMAGE,
            Capability.VOICE,
            Capability.AUDIO,
            Capability.VIDEO,
            Capability.DOCUMENT,
            Capability.DELIVERED,
            Capability.READ,
            Capability.TYPING,
            Capability.IDEMPOTENT_SEND,
            Capability.BUTTONS,
        }
    ),
    steps=(
        _(
            "Press «Connect»: no account is needed anywhere. A heading, a greeting and a colour "
            "may be set now or later."
        ),
        _(
            "Copy the line «For your site» from the card and put it into every page of your site "
            "just before </body>; in a site builder, into its block for HTML code."
        ),
        _(
            "Enter your site's address under «Sites that may show the chat», so that nobody else "
            "can put it on theirs."
        ),
        _(
            "Open your site, press the chat's button and write: the message appears among the "
            "conversations. Without a site, give clients the link of the chat page."
        ),
    ),
    on_connected=ensure_channel,
)
LIMITS = Limits(
    text=4000,
    caption=4000,
    file_bytes=20 * 1024 * 1024,
    # What an operator records becomes one that every browser plays; Safari knows neither Ogg nor WebM.
    types_of={MediaKind.VOICE: frozenset({"audio/mp4", "audio/mpeg"})},
    buttons=ButtonLimits(most=12, characters=60),
)
# Nothing comes in by webhook: the chat page is served, and its events stored, by ourselves.
PROOF_HEADERS: tuple[str, ...] = ()
HAS_WEBHOOK = False  # the chat page stores its own events


_HOST = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*")


def _origin(site: str) -> str:
    """«https://Example.com/» and «example.com» are both https://example.com: what a browser compares.

    In ASCII, «ремонт.рф» as xn--…: with any other letter the header would be no policy to any browser.
    """
    try:
        parts = urlsplit(site if "://" in site else f"https://{site}")
        host = (parts.hostname or "").encode("idna").decode("ascii")
        fits = parts.scheme in ("http", "https") and not parts.username and _HOST.fullmatch(host) is not None
        port = f":{parts.port}" if parts.port else ""
    except ValueError:  # a UnicodeError is one, too
        fits = False
    if not fits:
        raise ValueError(gettext("Write each site as https://example.com."))
    return f"{parts.scheme}://{host}{port}"


def _page(address: str) -> str:
    """An address that a link may lead to."""
    address = address.strip()
    if address and (urlsplit(address).scheme not in ("http", "https") or not urlsplit(address).hostname):
        raise ValueError(gettext("Write the address as https://example.com/page."))
    return address


class Config(ConnectorConfig):
    title: str = Field(
        "",
        max_length=80,
        title=gettext_noop("Heading"),
        description=gettext_noop("What visitors see above the chat. Empty: the name of the channel."),
    )
    greeting: str = Field(
        "",
        max_length=500,
        title=gettext_noop("Greeting"),
        description=gettext_noop("The first words, shown before the visitor writes."),
        json_schema_extra={"multiline": True},
    )
    colour: str = Field(
        "#2563eb",
        pattern=r"^#[0-9a-fA-F]{6}$",
        title=gettext_noop("Colour"),
        description=gettext_noop("Of the button and of the visitor's own messages, such as #2563eb."),
        examples=["#2563eb"],
    )
    allowed_sites: list[Annotated[str, AfterValidator(_origin)]] = Field(
        default_factory=list,
        max_length=50,
        title=gettext_noop("Sites that may show the chat"),
        description=gettext_noop(
            "One address a line. Empty: any site. Sites on the list also keep the conversation for browsers "
            "that forget what a chat inside another site has stored."
        ),
        examples=["https://example.com"],
    )
    offline_text: str = Field(
        "",
        max_length=500,
        title=gettext_noop("Words when the chat is off"),
        description=gettext_noop("Shown when the channel takes no messages: for example your phone number."),
        json_schema_extra={"multiline": True},
    )
    is_away: bool = Field(
        False,
        title=gettext_noop("Nobody answers at the moment"),
        description=gettext_noop(
            "Visitors are told so, as outside your working hours, and asked to leave their contacts."
        ),
    )
    privacy_url: Annotated[str, AfterValidator(_page)] = Field(
        "",
        max_length=300,
        title=gettext_noop("Privacy policy"),
        description=gettext_noop("Its address; it is linked where visitors agree to leave their contacts."),
        examples=["https://example.com/privacy"],
    )


def check(opened: Opened[Config]) -> Account:
    """There is nobody to ask: the chat is our own."""
    return Account(name=opened.config.title or opened.connection.name)


def card_facts(connection: Connection) -> list[Fact]:
    """The page's address, and the line that puts the chat on a site."""
    channel = getattr(connection, "channel", None)
    if channel is None:
        return []
    page = settings.PUBLIC_URL + reverse("chat:page", args=[channel.public_id])
    script = settings.PUBLIC_URL + reverse("chat:widget", args=[channel.public_id])
    return [
        Fact(label=_("Chat page"), value=page, copyable=True, link=True),
        Fact(label=_("For your site"), value=f'<script src="{script}" async></script>', copyable=True),
    ]


def parse(body: bytes, *, received_at: datetime, timezone: str) -> list[Inbound]:
    """What `apps.channels.chat.lines` stored: one line of one visitor."""
    try:
        data = json.loads(body)
        line, origin, contact = str(data["line"]), data.get("origin") or {}, data.get("contact") or {}
        page = str(origin.get("page", ""))
        return [
            Incoming(
                sender=_sender(str(data["visitor"]), contact),
                external_message_id=line,
                sent_at=datetime.fromisoformat(data["at"]),
                text=str(data["text"]),
                media=_media(line, data.get("file") or {}),
                ad_channel=str(origin.get("ad_channel", "")),
                ad_id=str(origin.get("ad_id", "")),
                prefilled={**(origin.get("prefilled") or {}), **contact},
                note=f"[{page}]" if page else "",
            )
        ]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise Rejected(code="not_webchat") from None


def _sender(visitor: str, contact: Mapping[str, Any]) -> Sender:
    """A visitor is their browser; phone and e-mail are what they told of themselves."""
    told = {name: str(contact.get(name, "")) for name in ("name", "phone", "email")}
    return Sender(external_user_id=visitor, external_chat_id=visitor, **told)


def _media(line: str, file: Mapping[str, Any]) -> tuple[Media, ...]:
    """The file lies with its line."""
    if not file:
        return ()
    return (
        Media(
            kind=MediaKind(file["kind"]),
            ref=line,
            name=str(file["name"]),
            content_type=str(file["content_type"]),
            size=int(file["size"]),
            seconds=file.get("seconds"),
        ),
    )


def send(opened: Opened[Config], message: Outgoing) -> Sent:
    """A line that the visitor's page finds at its next look. The same key makes no second one."""
    with transaction.atomic():
        visitors = ChatVisitor.objects.filter(
            channel__connection=opened.connection, external_id=message.external_chat_id
        )
        visitor = in_turn(visitors).first()
        if visitor is None:
            raise Rejected(code="recipient_gone")
        line, created = ChatLine.objects.get_or_create(
            visitor=visitor,
            key=message.key,
            defaults={
                "from_visitor": False,
                "text": message.text,
                "file": asdict(message.file) if message.file else {},
                "buttons": list(message.buttons),
            },
        )
        if created:
            # Said: nobody is typing it any more.
            ChatVisitor.objects.filter(pk=visitor.pk).update(answers_at=None)
    return Sent(external_message_id=str(line.pk))


def in_turn(visitors: QuerySet[ChatVisitor]) -> QuerySet[ChatVisitor]:
    """Whoever adds a line holds its visitor.

    Ids then appear in their order, and a page that asks for what came after the last one it knows misses
    none.
    """
    return visitors.select_for_update(of=("self",), no_key=True)


def fetch(opened: Opened[Config], media: Media, to: BinaryIO) -> str:
    """What the visitor sent lies in our own storage already."""
    lines = ChatLine.objects.filter(visitor__channel__connection=opened.connection, from_visitor=True)
    line = lines.filter(pk=media.ref).exclude(file={}).first()
    if line is None:
        raise Rejected(code="file_gone")
    copy_stored(line.file["path"], to)
    return str(line.file["content_type"])


def account_in(request: WebhookRequest) -> str:
    return ""


def account_of(config: Config) -> str:
    return ""


def secret_in(request: WebhookRequest) -> str:
    return ""


def secret_of(config: Config) -> str:
    return ""


def verify(config: Config, request: WebhookRequest) -> bool:
    """Whatever comes by webhook in the chat's name is forged."""
    return False


def handshake(config: Config, request: WebhookRequest) -> Reply | None:
    return None

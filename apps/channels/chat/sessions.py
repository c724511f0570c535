"""Which chat, and which visitor: a token in a header, since cookies don't reach a frame on another's site.

The server makes the token when the first message comes, out of that message's key: the same first message,
sent again because its answer was lost, gets the same token and no second visitor. Only a digest is kept.
"""

import hashlib
import secrets
import uuid
from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone
from django.utils.crypto import salted_hmac

from apps.channels.connectors.webchat import SPEC, Config
from apps.channels.gate import closed
from apps.channels.models import Channel, ChatVisitor
from apps.integrations.opening import config_of

SALT = "channels.chat.token"
LONGEST_TOKEN = 128
SEEN_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    """A web chat's channel with its settings read."""

    channel: Channel
    config: Config

    @property
    def title(self) -> str:
        return self.config.title or self.channel.name

    @property
    def is_open(self) -> bool:
        return closed(self.channel) is None


def find_chat(public_id: str) -> Chat | None:
    """Raises ConfigInvalid where what is stored does not fit any more."""
    channels = Channel.objects.select_related("connection", "tenant")
    channel = channels.filter(public_id=public_id, connection__connector=SPEC.slug).first()
    return None if channel is None else Chat(channel=channel, config=config_of(channel.connection))


def token_for(*, channel: Channel, key: uuid.UUID) -> str:
    return salted_hmac(SALT, f"{channel.pk}:{key}", algorithm="sha256").hexdigest()


def digest_of(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def find_visitor(*, channel: Channel, token: str) -> ChatVisitor | None:
    if not 0 < len(token) <= LONGEST_TOKEN:
        return None
    visitor = ChatVisitor.objects.filter(channel=channel, token_digest=digest_of(token)).first()
    if visitor is not None:
        _note_presence(visitor)
    return visitor


def admit(*, channel: Channel, token: str) -> ChatVisitor:
    """The visitor of this token, made where there is none yet."""
    visitor, _ = ChatVisitor.objects.get_or_create(
        token_digest=digest_of(token), defaults={"channel": channel, "external_id": secrets.token_hex(12)}
    )
    return visitor


def _note_presence(visitor: ChatVisitor) -> None:
    """Written once a minute, not at every look."""
    now = timezone.now()
    if visitor.seen_at < now - SEEN_EVERY:
        ChatVisitor.objects.filter(pk=visitor.pk).update(seen_at=now)

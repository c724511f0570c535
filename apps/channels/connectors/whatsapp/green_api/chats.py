"""Green API's names of chats. https://green-api.com/en/docs/api/chat-id/"""

import re

from apps.channels.connectors.whatsapp.composing import phone_of

_PHONE = "@c.us"


def is_client(chat: str) -> bool:
    """Groups, channels and the feed of statuses are nobody's conversation with us."""
    return bool(re.fullmatch(r"[0-9]{5,20}@(c\.us|lid)", chat))


def address_in(chat: str) -> str:
    """A phone in digits; a client who hides theirs keeps the chat's own name."""
    return chat.removesuffix(_PHONE)


def chat_of(address: str) -> str:
    """Raises Rejected."""
    return address if is_client(address) else f"{phone_of(address)}{_PHONE}"

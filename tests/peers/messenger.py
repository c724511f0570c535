"""Messenger of a Facebook Page behind Meta's Graph API."""

from typing import Any

from tests.peers.meta import MetaPeer

PAGE, CLIENT = "100000000000001", "24000000000000001"
SECRET = "an-app-secret"


class MessengerPeer(MetaPeer):
    def __init__(self, **options: Any) -> None:
        page = {"id": PAGE, "name": "Battery"}
        super().__init__(
            accounts={"me": page, PAGE: page},
            known_fields=(
                "messages",
                "messaging_postbacks",
                "message_deliveries",
                "message_reads",
                "message_echoes",
                "message_edits",
                "message_reactions",
                "messaging_optins",
                "messaging_referrals",
                "standby",
            ),
            message_keys=("metadata",),
            longest=lambda text: len(text) <= 2000,
            **options,
        )

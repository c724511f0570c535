"""Instagram behind Meta's Graph API, by either login."""

from typing import Any

from tests.peers.meta import MetaPeer

ACCOUNT, PAGE, CLIENT = "17841400000000001", "987000000000001", "987654321"
SECRET = "an-app-secret"

_LINKED = {"id": ACCOUNT, "username": "battery.shop"}
_PAGE = {"id": PAGE, "name": "Battery", "instagram_business_account": _LINKED}
_OWN = {"id": "1", "user_id": ACCOUNT, "username": "battery.shop", "name": "Battery"}


class InstagramPeer(MetaPeer):
    """With a Page's token «me» is the Page; `by_instagram` makes it the account itself."""

    def __init__(self, *, by_instagram: bool = False, **options: Any) -> None:
        pages = (
            "messages",
            "messaging_postbacks",
            "message_reactions",
            "messaging_referrals",
            "message_edits",
        )
        own = ("messaging_seen", "messaging_referral", "message_edit", "standby")
        super().__init__(
            accounts={"me": _OWN} if by_instagram else {"me": _PAGE, PAGE: _PAGE},
            known_fields=(*pages[:3], *own) if by_instagram else pages,
            message_keys=(),
            longest=lambda text: len(text.encode()) <= 1000,
            **options,
        )

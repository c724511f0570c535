"""Instagram behind Meta's Graph API, by either login."""

from datetime import timedelta
from typing import Any

from tests.peers.meta import MetaPeer, error
from tests.peers.server import Received, Reply

ACCOUNT, PAGE, CLIENT = "17841400000000001", "987000000000001", "987654321"
SECRET = "an-app-secret"

_LINKED = {"id": ACCOUNT, "username": "battery.shop"}
_PAGE = {"id": PAGE, "name": "Battery", "instagram_business_account": _LINKED}
_OWN = {"id": "1", "user_id": ACCOUNT, "username": "battery.shop", "name": "Battery"}


class InstagramPeer(MetaPeer):
    """With a Page's token «me» is the Page; `by_instagram` makes it the account itself.

    Its own login exchanges a token for the next one, `renewed` times so far; `too_young` on its first day.
    https://developers.facebook.com/docs/instagram-platform/reference/refresh_access_token
    """

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
        self.renewed, self.too_young, self.lives = 0, False, timedelta(days=60)
        if by_instagram:
            self.route("GET /refresh_access_token", self._renew)

    def _renew(self, request: Received) -> Reply:
        if scripted := self._scripted.get("renew"):
            return scripted.popleft()
        self.expect(request.query.keys() == {"grant_type", "access_token"}, f"renewed with {request.query}")
        self.expect(request.query["grant_type"] == ["ig_refresh_token"], "another grant type")
        self.expect("Authorization" not in request.headers, "the token came twice")
        if request.query["access_token"] != [self.token]:
            return error(400, 190)
        if self.too_young:
            return error(400, 100)
        self.renewed += 1
        self.token = f"IGAA-renewed-{self.renewed}"
        seconds = round(self.lives.total_seconds())
        return Reply(json={"access_token": self.token, "token_type": "bearer", "expires_in": seconds})

"""What VK's error numbers mean. They come with HTTP 200. https://dev.vk.com/ru/reference/errors"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.core.errors import AuthFailed, ConfigInvalid, OutsideError, RateLimited, Rejected, Scope, Transient
from apps.core.http import Answer

PAUSES = {6: timedelta(seconds=1), 9: timedelta(minutes=1), 29: timedelta(minutes=15)}
FOR_NOW = frozenset({1, 10, 36})
TOKEN: Mapping[int, str | Promise] = {
    2: _("The VK application of this key is switched off. Create a key of the community and enter it here."),
    4: _("VK does not accept this kind of key. Create a key of the community and enter it here."),
    5: _("VK does not accept the key any more. Create a new one in the community and enter it here."),
    14: _("VK asks the key's owner for a captcha. Sign in to VK, then create a new key and enter it here."),
    17: _("VK asks the key's owner to confirm who they are. Sign in to VK, then create a new key."),
    20: _("This kind of VK key may not do that. Create a key of the community and enter it here."),
    23: _("VK has switched this request off for your key. Create a key of the community and enter it here."),
    27: _("The community's key was revoked in VK. Create a new one and enter it here."),
    28: _("VK does not accept the application's key. Create a key of the community and enter it here."),
    38: _("VK does not know the application of this key. Create a key of the community and enter it here."),
    3300: _("VK asks the key's owner for a captcha. Sign in to VK, then create a new key and enter it here."),
}
_NO_GROUP = _("VK knows no such community, or the key is of another one. Check the community's id.")
_NO_RIGHT = _(
    "The key may not do that. Create one with the rights «Messages», «Photos», «Files» and "
    "«Community management»."
)
_VERSION = _("VK does not accept a request of this form. Check the API version.")
SETTINGS: Mapping[int, tuple[str | Promise, str]] = {
    3: (_VERSION, "api_version"),
    7: (_NO_RIGHT, "access_token"),
    8: (_VERSION, "api_version"),
    15: (_NO_RIGHT, "access_token"),
    125: (_NO_GROUP, "group_id"),
    203: (_NO_GROUP, "group_id"),
}
_DENIED = _("The client has not allowed the community to write to them. They have to write first.")
_UNREACHABLE = _("VK does not deliver to this client now: the chat is closed to the community.")
GONE: Mapping[int, str | Promise] = {
    7: _DENIED,
    15: _DENIED,
    18: _("The client's VK page was deleted or blocked."),
    113: _("VK knows no such client."),
    900: _("The client is on the community's blacklist. Remove them from it in VK to write to them."),
    901: _DENIED,
    902: _("The client's privacy settings do not let the community write to them."),
    936: _("VK knows no chat with this client."),
    950: _("The client wrote too long ago: VK lets the community answer again once they write."),
    **dict.fromkeys(range(983, 989), _UNREACHABLE),
}
BAD: Mapping[int, tuple[str, str | Promise]] = {
    100: ("bad_request", _("VK refused the message: something in it is not as VK wants it.")),
    104: ("not_found", _("VK does not have it any more.")),
    909: ("too_old", _("The message is too old to be changed in VK.")),
    910: ("cannot_send", _("VK could not send this message.")),
    911: ("bad_keyboard", _("VK refused the buttons under the message.")),
    913: ("too_many_forwarded", _("Too many messages are forwarded at once for VK.")),
    914: ("too_long", _("The text is too long for VK.")),
    940: ("too_many_posts", _("There are too many attachments in one message for VK.")),
}
_LONG_POLL_OFF = _(
    "Long Poll is switched off in the community. Switch it on in VK: «Management», «API usage», "
    "«Long Poll API»."
)
SEND = "messages.send"
LONG_POLL = "groups.getLongPollServer"


def meaning(method: str) -> Callable[[Answer], OutsideError | None]:
    """For `Http`: VK's own error object as one of ours; what the status alone tells is left to it."""

    def classify(answer: Answer) -> OutsideError | None:
        body = answer.json if isinstance(answer.json, dict) else {}
        error = body.get("error")
        number = error.get("error_code") if isinstance(error, dict) else None
        if isinstance(number, int) and not isinstance(number, bool):
            return error_of(number, method)
        # A proxy's page, or another server; what a broken gateway answers is left to the status.
        return not_vk() if answer.status in (404, 405) else None

    return classify


def error_of(number: int, method: str) -> OutsideError:
    code = f"vk_{number}"
    if number in PAUSES:
        return RateLimited(after=PAUSES[number], code=code)
    if number in FOR_NOW:
        return Transient(code=code)
    if method == SEND and number in GONE:
        return Rejected(GONE[number], code="recipient_gone")
    if number in TOKEN:
        return AuthFailed(TOKEN[number], code=code)
    if number == 100 and method == LONG_POLL:
        return ConfigInvalid(_LONG_POLL_OFF, code="long_poll_off", field="receive")
    if number in SETTINGS:
        text, field = SETTINGS[number]
        return ConfigInvalid(text, code=code, field=field)
    word, said = BAD.get(number, (code, _("VK refused the request.")))
    return Rejected(said, code=word)


def peer_error(error: Any) -> OutsideError:
    """What stands beside one of several recipients. https://dev.vk.com/ru/method/messages.send"""
    shape = error if isinstance(error, dict) else {}
    number = shape.get("code", shape.get("error_code"))
    found = error_of(number if isinstance(number, int) else 0, SEND)
    if isinstance(found, RateLimited):
        found.scope = Scope.DIALOGUE
    return found


def not_vk() -> ConfigInvalid:
    return ConfigInvalid(_("At this address there is no VK API."), code="not_the_api", field="base_url")

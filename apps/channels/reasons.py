"""The short words of why an event came to nothing, said for people."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

REASONS: Mapping[str, Any] = {
    # Unrouted
    "unknown_connector": _("no such messenger is installed here"),
    "unknown_account": _("this account is not connected"),
    "ambiguous": _("several channels fit, and none can be told from the others"),
    "unverifiable": _("the connection's settings are wrong, so the sender cannot be verified"),
    "unverified": _(
        "came to the shared address without the secret: give the sender the channel's own address"
    ),
    "refused": _("the secret that came along is no channel's"),
    "channel_off": _("the channel was switched off or disconnected"),
    "channel_deleted": _("the channel was deleted"),
    # Ignored
    "group_chat": _("said in a group, not to us"),
    "channel_post": _("published in a channel, not said to us"),
    "bot": _("written by a bot"),
    "service_message": _("a notice of the messenger itself"),
    "unknown_content": _("of a kind that is not known yet"),
    "membership": _("somebody's rights changed"),
    "empty": _("nothing in it"),
    # Messages
    "older": _("brought from the history"),
    "own": _("written by us in the messenger itself"),
    # Duplicate
    "message": _("the message is there already"),
    "echo": _("our own message, come back"),
    "pressed_twice": _("the same button pressed twice in a moment"),
}


def reason_title(reason: str) -> str:
    """The word itself where it is a connector's own."""
    return str(REASONS.get(reason, reason))


# How one try to send ended, by `Attempt.outcome`; what is not here is the service's or our own short word.
OUTCOMES: Mapping[str, Any] = {
    "": _("no answer"),
    "sent": _("taken by the service"),
    "outcome_unknown": _("no answer came"),
    "transient": _("the service did not answer"),
    "rate_limited": _("the service's limit"),
    "rejected": _("refused"),
    "recipient_gone": _("the client cannot be reached"),
    "auth_failed": _("the key was refused"),
    "still_processing": _("the service was still processing the file"),
    "never_ready": _("the service did not finish with the file"),
}


def outcome_title(outcome: str) -> str:
    return str(OUTCOMES.get(outcome, outcome))


# Why an approved template cannot be sent from here, by the contract's `Template.obstacle`.
OBSTACLES: Mapping[str, Any] = {
    "file": _("A picture, video or document goes with this template: send it from the service itself."),
    "place": _("A place on the map goes with this template: send it from the service itself."),
    "code": _("This template carries one-time codes of a program and is not written by people."),
}


def obstacle_title(obstacle: str) -> str:
    return str(OBSTACLES.get(obstacle, _("This template has parts that can be sent from the service alone.")))

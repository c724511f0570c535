"""The chat page's words, for its scripts."""

from django.utils.translation import gettext as _


def page_words() -> dict[str, str]:
    return {
        "sending": _("sending…"),
        "sent": _("sent"),
        "waiting": _("waiting for the connection"),
        "failed": _("not sent"),
        "retry": _("Try again"),
        "edit": _("Edit"),
        "offline": _("No connection, trying again…"),
        "newer": _("New messages"),
        "too_long": _("Too long by {n} characters"),
        "today": _("Today"),
        "yesterday": _("Yesterday"),
        "you": _("You"),
        "us": _("Answer"),
        "renewed": _("The earlier conversation can't be continued; a new one has begun."),
        "failed_load": _("The chat could not be loaded. Reload the page."),
    }

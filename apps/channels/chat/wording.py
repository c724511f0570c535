"""The chat page's words, for its scripts."""

from django.utils.translation import gettext as _

from apps.channels.connectors.webchat import LIMITS


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
        "choices": _("Answers to choose from"),
        "renewed": _("The earlier conversation can't be continued; a new one has begun."),
        "read": _("read"),
        "kb": _("KB"),
        "mb": _("MB"),
        "file_large": _("«{name}» is larger than %(limit)d MB: it can't be sent here.")
        % {"limit": LIMITS.file_bytes // (1024 * 1024)},
        "file_empty": _("«{name}» is empty."),
        "file_off": _("Remove «{name}»"),
        "file_lost": _("The browser has not kept the file. Choose it again."),
        "voice": _("Voice message"),
        "voice_insecure": _("This browser can't record here. Attach a recording as a file, or write."),
        "voice_site": _("This site does not let the chat use the microphone. Attach a recording as a file."),
        "voice_refused": _(
            "The browser may not use the microphone. Allow it by the sign beside the page's address, "
            "then press the microphone again."
        ),
        "voice_none": _("No microphone was found. Connect one, or write."),
        "voice_busy": _("The microphone can't be used now: another program may be using it."),
        "contact_reach": _("Write a phone number or an e-mail address by which we can reach you."),
        "contact_consent": _("Tick that you agree: without it we may not keep your contacts."),
        "contact_taken": _("Thank you! We have your contacts and will get in touch."),
        "failed_load": _("The chat could not be loaded. Reload the page."),
    }

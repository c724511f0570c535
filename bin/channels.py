"""`docs/channels.md` from what the connectors declare: `write` makes it, `check` says if it is current."""

import os
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "docs" / "channels.md"
HEAD = """# What each channel carries

Made by `bin/channels.py write` from the connectors' own SPEC and LIMITS; edit those, not this page.

"""
TAIL = """
«text» is the longest one message; where a channel splits, longer answers go as several. «window» is how long
after the client's last message anything may be sent, by machines / by people; «always» where the service sets
no such limit. Past it only approved templates go, where a channel has «template». «mark_read»: the client
sees that an operator has read their message; a channel's own setting switches that off. What cannot go is
refused in the composer, with the reason, before anything is sent.

«buttons»: how many reply buttons stand under one message, and how many characters each may have; «text» is
the longest text over them, where it is shorter than others. A pressed button comes as the client's message
in its words, as an answer to ours where the service tells that. Buttons never go under a file: the file goes
first. Where the client's app waits to hear that the press arrived, it is told, with the words that were
pressed; the same button pressed twice within ten seconds, with nothing said in between, is one message.

«read»: the operator sees that the client has read what was sent. Avito tells it in a chat's history alone, so
chats with something unread are asked about: half a minute after sending, then ever more rarely, for three
days, at most twelve times a minute for one account and never before what waits to be sent
(`channels.readchecks`). An MCP server must hand on the `read` of Avito's messages for it.

«history»: earlier messages can be brought, with «Догрузить историю» on the channel's page or `manage.py
backfill_messages --channel KEY|PUBLIC_ID --since DATE [--until DATE] [--plan]`. The order is a row that the
workers go on with page by page, below the service's limit; `--plan` only counts. The page shows how far it
is; «Остановить» there, or `--stop`, ends it after the page in hand, «Продолжить» or `--resume` goes on from
there (from the start after an hour, when the service's list of chats has moved on). What is here already
ends as a duplicate. A client's message that we answered, or that is older than one which came by itself,
joins the appeal of its time, or none: no batch, no AI, nobody is alarmed, closed appeals stay closed. One
that nobody has seen or answered, written since the channel was connected or in the last three days, is
handled as if it had just come. What we wrote in the service's own app is shown as ours.

# How each channel is set up

As its card («Интеграции») tells it step by step, there in the reader's language. Each field says besides
where its value is found; what the service must be told (a webhook's address, a verify token) is on the card
with a copy button, or is set by itself when the settings are saved.
"""
SHOWN = (
    "image",
    "voice",
    "audio",
    "video",
    "document",
    "reply",
    "delivered",
    "read",
    "mark_read",
    "template",
)
TITLES = ["channel", "text", *SHOWN, "buttons", "window", "history"]


def main() -> int:
    if sys.argv[1:] == ["write"]:
        TARGET.write_text(page())
        return 0
    if TARGET.exists() and TARGET.read_text() == page():
        print("docs/channels.md is up to date.")
        return 0
    print("docs/channels.md is not what the connectors declare: run bin/channels.py write.")
    return 1


def page() -> str:
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    from django.utils import translation

    from apps.integrations.registry import connectors

    with translation.override("en"):
        messengers = [one for one in connectors().values() if hasattr(one, "parse")]
        messengers.sort(key=lambda one: str(one.SPEC.name))
        rows = sorted(row(*one) for messenger in messengers for one in variants(messenger))
        table = [line(TITLES), line(["---"] * len(TITLES)), *rows]
        return "".join([HEAD, *table, TAIL, *(steps(one) for one in messengers)])


def variants(module: Any) -> list[tuple[Any, str, Any]]:
    """A channel whose limits depend on a choice in its settings has a row for each of them."""
    name = str(module.SPEC.name)
    if not hasattr(module, "limits_of"):
        return [(module, name, module.LIMITS)]
    from apps.integrations.fields import settings_of

    settings = settings_of(module.Config)
    deciding = {name for setting in settings for name in setting.only_for}
    return [
        (module, f"{name}, {label}", module.limits_of({setting.name: value}))
        for setting in settings
        if setting.name in deciding
        for value, label in setting.choices
    ]


def row(module: Any, name: str, limits: Any) -> str:
    can = module.SPEC.capabilities - limits.without
    text = f"{limits.text}{' bytes' if limits.in_bytes else ''}{', splits' if limits.splits else ''}"
    ticks = ["✓" if name in can else "–" for name in SHOWN]
    history = "✓" if hasattr(module, "history") else "–"
    return line([name, text, *ticks, buttons(limits, can), window(limits), history])


def buttons(limits: Any, can: frozenset[str]) -> str:
    if "buttons" not in can:
        return "–"
    under = f", text {limits.buttons.text}" if limits.buttons.text else ""
    return f"{limits.buttons.most} × {limits.buttons.characters}{under}"


def line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |\n"


def steps(module: Any) -> str:
    told = (str(step).replace("<", "&lt;") for step in module.SPEC.steps)
    lines = [f"{number}. {step}\n" for number, step in enumerate(told, start=1)]
    return f"\n## {module.SPEC.name}\n\n{''.join(lines)}"


def window(limits: Any) -> str:
    if limits.window is None:
        return "always"
    hours = [int(one.total_seconds() // 3600) for one in (limits.window, limits.human_window) if one]
    return " / ".join(f"{hour} h" for hour in hours)


if __name__ == "__main__":
    sys.exit(main())

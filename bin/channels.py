"""`docs/channels.md` from what the connectors declare: `write` makes it, `check` says if it is current."""

import os
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "docs" / "channels.md"
HEAD = """# What each channel carries

Made by `bin/channels.py write` from the connectors' own SPEC and LIMITS; edit those, not this page.

| channel | text | image | voice | audio | video | document | reply | delivered | read | window | history |
|---|---|---|---|---|---|---|---|---|---|---|---|
"""
TAIL = """
«text» is the longest one message; where a channel splits, longer answers go as several. «window» is how long
after the client's last message anything may be sent, by machines / by people; «always» where the service sets
no such limit. What cannot go is refused in the composer, with the reason, before anything is sent.

How a channel is set up stands on its card («Интеграции»): each field says where its value is found, and what
the service must be told (a webhook's address, a verify token) is on the card with a copy button, or is set by
«Проверить».

«history»: earlier messages can be brought, with «Догрузить историю» on the channel's page or `manage.py
backfill_messages --channel KEY|PUBLIC_ID --since DATE [--until DATE] [--plan]`. The order is a row that the
workers go on with page by page, below the service's limit; `--plan` only counts. What is here already ends
as a duplicate. A client's message that we answered, or that is older than one which came by itself, joins
the appeal of its time, or none: no batch, no AI, nobody is alarmed, closed appeals stay closed. One that
nobody has seen or answered, written since the channel was connected or in the last three days, is handled
as if it had just come. What we wrote in the service's own app is shown as ours.
"""
SHOWN = ("image", "voice", "audio", "video", "document", "reply", "delivered", "read")


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
        rows = sorted(row(one) for one in messengers)
    return HEAD + "".join(rows) + TAIL


def row(module: Any) -> str:
    limits, can = module.LIMITS, module.SPEC.capabilities
    text = f"{limits.text}{' bytes' if limits.in_bytes else ''}{', splits' if limits.splits else ''}"
    ticks = ["✓" if name in can else "–" for name in SHOWN]
    history = "✓" if hasattr(module, "history") else "–"
    return f"| {' | '.join([str(module.SPEC.name), text, *ticks, window(limits), history])} |\n"


def window(limits: Any) -> str:
    if limits.window is None:
        return "always"
    hours = [int(one.total_seconds() // 3600) for one in (limits.window, limits.human_window) if one]
    return " / ".join(f"{hour} h" for hour in hours)


if __name__ == "__main__":
    sys.exit(main())

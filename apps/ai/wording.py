"""The built-in prompts, in the tenant's language: files of `wordings/`.

A tenant may replace `extraction.md`, `draft.md` and `dictation.md` by wording of its own. The rules go under
each: they keep clients' words from being taken for orders, and the AI from promising what nobody said.
"""

from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "wordings"


def built_in(*, language: str, purpose: str) -> str:
    return _read(language, f"{purpose}.md")


def rules(*, language: str, purpose: str) -> str:
    return _read(language, f"{purpose}_rules.md")


@cache
def _read(language: str, name: str) -> str:
    path = FOLDER / language / name
    return (path if path.exists() else FOLDER / "en" / name).read_text(encoding="utf-8").strip()

"""Message catalogues: `compile` makes each .mo that is older than its .po, `check` finds what lacks words.

`locale/<language>` holds the project's own texts, `locale/unfold/<language>` those of libraries: kept apart,
because extracting anew would drop them.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parent.parent
IGNORED = (".venv", "var", "tests", "node_modules", "docs")
# What is filled in: %(name)s, %s and {name}; and the tags around it.
PLACEHOLDER = re.compile(r"%\(\w+\)[-.\d]*[a-z]|%[sd]|\{\w*\}|<[^>]+>")


def catalogues(root: Path = ROOT) -> Iterator[Path]:
    yield from sorted((root / "locale").rglob("LC_MESSAGES/*.po"))


def is_own(path: Path, root: Path = ROOT) -> bool:
    return path.parents[2] == root / "locale"


def read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=path.parents[1].name, abort_invalid=True)


def compile_changed() -> None:
    for source in catalogues():
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        descriptor, draft = tempfile.mkstemp(dir=target.parent)
        with os.fdopen(descriptor, "wb") as file:
            write_mo(file, read(source))
        Path(draft).chmod(0o644)
        Path(draft).replace(target)


def texts(message: Message) -> list[str | None]:
    return list(message.string) if isinstance(message.string, tuple | list) else [message.string]


def untranslated(catalogue: Catalog) -> Iterator[str]:
    for message in catalogue:
        if message.id and (message.fuzzy or not all(texts(message))):
            yield f"{'fuzzy' if message.fuzzy else 'untranslated'}: {message.id!r}"


def placeholders(text: str) -> list[str]:
    return sorted(PLACEHOLDER.findall(text))


def miswritten(catalogue: Catalog) -> Iterator[str]:
    """Translations that fill in other things than their source does."""
    for message in catalogue:
        if not message.id:
            continue
        sources = [message.id] if isinstance(message.id, str) else list(message.id)
        allowed = [placeholders(source) for source in sources]
        if any(text and placeholders(text) not in allowed for text in texts(message)):
            yield f"other placeholders: {message.id!r}"


def missing(path: Path) -> Iterator[str]:
    """Message ids that the code has and the catalogue has not. Needs gettext's own tools."""
    if not shutil.which("xgettext"):
        print("xgettext is not installed: whether the catalogues miss a new text was not checked.")
        return
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "project"
        shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".*", *IGNORED, "__pycache__", "*.mo"))
        language = path.parents[1].name
        django_admin = [sys.executable, "-m", "django", "makemessages", "--locale", language, "--no-obsolete"]
        environment = os.environ | {"PYTHONPATH": str(copy)}
        environment.pop("DJANGO_SETTINGS_MODULE", None)
        subprocess.run(django_admin, cwd=copy, env=environment, check=True, stdout=subprocess.DEVNULL)
        known = {(message.context, message.id) for message in read(path)}
        for message in read(copy / path.relative_to(ROOT)):
            if (message.context, message.id) not in known:
                yield f"missing: {message.id!r}"


def problems_of(path: Path) -> Iterator[str]:
    catalogue = read(path)
    yield from untranslated(catalogue)
    yield from miswritten(catalogue)
    if is_own(path):
        yield from missing(path)


def check() -> int:
    problems = [
        f"{path.relative_to(ROOT)}: {problem}" for path in catalogues() for problem in problems_of(path)
    ]
    if not any(catalogues()):
        problems.append("locale: there is no catalogue")
    print("\n".join(problems) or "Every text is translated.")
    return 1 if problems else 0


if __name__ == "__main__":
    if sys.argv[1] == "compile":
        compile_changed()
    else:
        sys.exit(check())

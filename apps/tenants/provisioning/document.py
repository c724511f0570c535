"""A YAML file as plain data, with the line where each of its fields stands.

Stricter than YAML: no aliases (a few lines could unfold into gigabytes), no tags, no key twice. Plain words
are read as YAML 1.2 does, so that `no` and `09:00` are texts; and a number is one only where writing it gives
back what stands there, so that the text `007` stays itself.
"""

import re
from dataclasses import dataclass, field
from typing import Any

import yaml

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 30

Path = tuple[str | int, ...]

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_WORDS: dict[str, Any] = {"": None, "~": None, "null": None, "true": True, "false": False}
_INTEGER = re.compile(r"-?(0|[1-9]\d{0,17})")
_DECIMAL = re.compile(r"-?(0|[1-9]\d{0,11})\.\d{1,12}")
# A parser's words may quote what it stumbled upon: a piece of a secret, perhaps. `<…>` is a token's name.
_QUOTED = re.compile(r"""(['"])(?!<)[^'"]{2,}\1""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What is wrong at which line of the file. Never quotes a secret."""

    line: int
    field: str
    text: str

    def __str__(self) -> str:
        return (
            f"line {self.line}: {self.field}: {self.text}" if self.field else f"line {self.line}: {self.text}"
        )


class Unreadable(Exception):
    """The file cannot be read to its end: there is one problem, and nothing to go on with."""

    def __init__(self, *, line: int, text: str) -> None:
        self.problem = Problem(line=line, field="", text=text)
        super().__init__(str(self.problem))


@dataclass(slots=True, kw_only=True)
class Document:
    data: dict[str, Any] = field(default_factory=dict)
    lines: dict[Path, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def line_of(self, path: Path) -> int:
        """Of the field, or, where it is missing, of what it is missing in."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def problem(self, path: Path, text: str, *, line: int | None = None) -> Problem:
        return Problem(line=line or self.line_of(path), field=name_of(path), text=text)


def name_of(path: Path) -> str:
    """connections[0].config.api_key"""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".")


def read_document(content: bytes) -> Document:
    """Raises Unreadable; problems that let the reading go on are in the document."""
    if len(content) > MAX_BYTES:
        raise Unreadable(line=1, text=f"The file is longer than {MAX_BYTES // 1024} KB.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable(line=content.count(b"\n", 0, error.start) + 1, text="This is not UTF-8.") from None
    document = Document()
    document.data = _build(document, _compose(text), ())
    return document


def _compose(text: str) -> yaml.MappingNode:
    try:
        root = _Loader(text).get_single_node()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        words = _QUOTED.sub("…", error.problem or error.context or "it cannot be read")
        raise Unreadable(line=mark.line + 1 if mark else 1, text=f"This is not YAML: {words}.") from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise Unreadable(line=line, text="There is a character that YAML does not allow.") from None
    if not isinstance(root, yaml.MappingNode):
        raise Unreadable(line=1, text="The file must hold sections, such as «tenant:».")
    return root


class _Loader(yaml.SafeLoader):
    """Composes nodes, and builds no objects at all."""

    def __init__(self, stream: str) -> None:
        super().__init__(stream)
        self._depth = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        event: Any = self.peek_event()  # type: ignore[no-untyped-call]
        line = event.start_mark.line + 1
        if isinstance(event, yaml.AliasEvent):
            raise Unreadable(
                line=line, text="Aliases (*name) are not allowed here. Text with a * needs quotes."
            )
        if getattr(event, "tag", None) not in (None, "!"):
            raise Unreadable(line=line, text="Tags (!name) are not allowed here. Text with a ! needs quotes.")
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise Unreadable(line=line, text=f"There are more than {MAX_DEPTH} levels.")
        node: yaml.Node | None = super().compose_node(parent, index)
        self._depth -= 1
        return node


def _build(document: Document, node: Any, path: Path) -> Any:
    document.lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        return _mapping(document, node, path)
    if isinstance(node, yaml.SequenceNode):
        return [_build(document, child, (*path, index)) for index, child in enumerate(node.value)]
    if _UNSTORABLE.search(node.value):
        document.problems.append(document.problem(path, "It holds a character that cannot be stored."))
        return _UNSTORABLE.sub("?", node.value)
    return _plain(node.value) if node.style is None else node.value


def _mapping(document: Document, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, child in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode) or _UNSTORABLE.search(key.value):
            document.problems.append(document.problem(path, "A field's name must be a word.", line=line))
            continue
        name, inner = str(key.value), (*path, str(key.value))
        if name in found:
            first = document.line_of(inner)
            text = f"It is given twice; the first time in line {first}."
            document.problems.append(document.problem(inner, text, line=line))
            continue
        document.lines[inner] = line
        found[name] = _build(document, child, inner)
    return found


def _plain(text: str) -> Any:
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text) and str(int(text)) == text:
        return int(text)
    if _DECIMAL.fullmatch(text) and str(float(text)) == text:
        return float(text)
    return text

"""Text from outside, made fit to store and to show, and compared as people would."""

import math
import re
import unicodedata
from collections.abc import Callable
from typing import Any, NamedTuple

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
ELLIPSIS = "…"

_SURROGATE = re.compile("[\ud800-\udfff]")
_ZWJ = "\u200d"
# Marks that reorder what follows them, and unseen ones. ZWJ and ZWNJ stay: emoji and Persian need them.
_INVISIBLE = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\u00ad\u200b\u2060-\u2064\ufeff]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\s]+")
_WORD = re.compile(r"(?:[^\W\d_][\u0300-\u036f]*)+|\d+")


def clean(value: str, *, limit: int | None) -> str:
    """What PostgreSQL can hold: NUL and lone surrogates become U+FFFD. Cut to `limit` characters."""
    value = value.replace("\x00", REPLACEMENT)
    if _SURROGATE.search(value):  # a pair in two halves becomes its character again
        value = value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return value if limit is None else _cut(value, limit)


def clean_name(value: str, *, limit: int | None = 200) -> str:
    """A name for lists and titles: one line, nothing invisible, nothing that turns the text around it."""
    value = _CONTROL.sub(" ", _INVISIBLE.sub("", clean(value.replace("\x00", " "), limit=None))).strip()
    return value if limit is None else _cut(value, limit).rstrip()


def shorten(value: str, limit: int) -> str:
    """At most `limit` characters on one line, cut between words where there are any, with an ellipsis."""
    value = " ".join(value.split())
    if len(value) <= limit:
        return value
    head = _cut(value, limit - 1)
    words = head.rpartition(" ")[0] if value[len(head)] != " " else head
    return (words if len(words) > limit // 2 else head).rstrip(" ,.;:—-") + ELLIPSIS


def joined(*texts: str) -> str:
    """One under the other, without the empty ones."""
    return "\n".join(text for text in texts if text)


def parts_of(text: str, *, limit: int, measure: Callable[[str], int] = len) -> list[str]:
    """The text in parts of at most `limit` each, by `measure`. Nothing but blanks at the breaks is lost."""
    parts: list[str] = []
    rest = text.strip()
    while measure(rest) > limit:
        cut = _break(rest, _fitting(rest, limit, measure))
        parts.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return [*parts, rest] if rest else parts


def _break(text: str, size: int) -> int:
    """Where to end a part of at most `size`: with a line if that is not too short, with a word, or there."""
    line = text.rfind("\n", 0, size + 1)
    word = max(line, text.rfind(" ", 0, size + 1))
    if line > size // 2:
        return line
    return word if word > 0 else size


def _fitting(text: str, limit: int, measure: Callable[[str], int]) -> int:
    """How many characters of it fit, at least one."""
    low, high = 1, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if measure(text[:middle]) <= limit else (low, middle - 1)
    return low


def clean_json(value: Any) -> Any:
    """A copy that JSONB can hold: strings and keys cleaned, NaN and infinities None. At any depth."""
    root: list[Any] = [None]
    todo: list[tuple[Any, Any, Any]] = [(value, root, 0)]
    while todo:
        item, parent, key = todo.pop()
        if isinstance(item, str):
            item = clean(item, limit=None)
        elif isinstance(item, float) and not math.isfinite(item):
            item = None
        elif isinstance(item, dict):
            pairs = [(clean(str(name), limit=None), child) for name, child in item.items()]
            item = dict.fromkeys(name for name, _ in pairs)  # now, for the order
            todo += [(child, item, name) for name, child in pairs]
        elif isinstance(item, (list, tuple)):
            children = list(item)
            item = [None] * len(children)
            todo += [(child, item, index) for index, child in enumerate(children)]
        parent[key] = item
    return root[0]


class Word(NamedTuple):
    """A run of letters or of digits: folded, and where it stands in the original."""

    text: str
    start: int
    end: int


def normalise_words(text: str) -> list[Word]:
    """Words without case, punctuation and the dots of ё, each with its place; «iPhone14» is two."""
    return [Word(_fold(match.group()), match.start(), match.end()) for match in _WORD.finditer(text)]


def find_words(needle: str, haystack: str) -> tuple[int, int] | None:
    """Where the words of `needle` stand in `haystack`: the span in the original text, or None.

    Case, ё, punctuation and spaces make no difference; a match begins and ends with a word: «он» is not
    in «телефон».
    """
    wanted = "".join(word.text for word in normalise_words(needle))
    words = normalise_words(haystack)
    starts, ends, length = {}, {}, 0
    for word in words:
        starts[length] = word.start
        length += len(word.text)
        ends[length] = word.end
    joined = "".join(word.text for word in words)
    at = joined.find(wanted) if wanted else -1
    while at >= 0:
        if at in starts and at + len(wanted) in ends:
            return starts[at], ends[at + len(wanted)]
        at = joined.find(wanted, at + 1)
    return None


def _fold(word: str) -> str:
    return unicodedata.normalize("NFKC", word).casefold().replace("ё", "е")


def _cut(value: str, limit: int) -> str:
    """Cuts before the character that would be torn from its accents, skin tone or joined emoji."""
    if len(value) <= limit:
        return value
    end = max(0, limit)
    while end > max(0, limit - 16) and (_clings(value[end]) or value[end - 1] == _ZWJ):
        end -= 1
    return value[:end]


def _clings(character: str) -> bool:
    return (
        character == _ZWJ
        or unicodedata.category(character) in ("Mn", "Me")
        or "\U0001f3fb" <= character <= "\U0001f3ff"
    )

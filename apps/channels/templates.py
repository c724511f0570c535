"""Approved templates as they are filled in: their slots, how the filled text reads, what is still missing."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from apps.channels.contract import FilledTemplate, Template, TemplateButton
from apps.core.text import clean

# A name or a number between double braces, as the services write them.
PLACEHOLDER = re.compile(r"\{\{\s*(\w{1,60})\s*\}\}")
LONGEST_VALUE = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One placeholder. `key` names it in the whole template: «header.1», «body.client_name», «button0.1»."""

    key: str
    place: str
    name: str
    example: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A stretch of a template's text: words as they stand, or a slot."""

    text: str
    slot: str = ""


def places(template: Template) -> Iterator[tuple[str, str]]:
    """Everything that may have placeholders in it, in the order in which it is shown."""
    yield "header", template.header
    yield "body", template.body
    for number, button in enumerate(template.buttons):
        yield f"button{number}", button.value


def slots(template: Template) -> list[Slot]:
    """Each once, however often its name stands in its place."""
    found: dict[str, Slot] = {}
    for place, text in places(template):
        for name in PLACEHOLDER.findall(text):
            key = f"{place}.{name}"
            found[key] = Slot(key=key, place=place, name=name, example=template.examples.get(key, ""))
    return list(found.values())


def pieces(text: str, place: str) -> list[Piece]:
    """The text cut at its placeholders, for a preview that is filled as one types."""
    cut = PLACEHOLDER.split(text)
    found = [
        Piece(text=f"{{{{{part}}}}}", slot=f"{place}.{part}") if number % 2 else Piece(text=part)
        for number, part in enumerate(cut)
    ]
    return [piece for piece in found if piece.text]


def fill(template: Template, values: Mapping[str, str]) -> FilledTemplate:
    """With the slots' values alone, each on one line: no service takes a line break inside a value."""
    told = {
        slot.key: " ".join(clean(values.get(slot.key, ""), limit=None).split()) for slot in slots(template)
    }
    return FilledTemplate(template=template, values=told)


def missing(filled: FilledTemplate) -> list[Slot]:
    return [slot for slot in slots(filled.template) if not filled.values.get(slot.key)]


def filled_in(filled: FilledTemplate, text: str, place: str) -> str:
    return PLACEHOLDER.sub(lambda found: filled.values.get(f"{place}.{found[1]}", found[0]), text)


def reads(filled: FilledTemplate) -> str:
    """The whole message as the client will read it."""
    template = filled.template
    header = filled_in(filled, template.header, "header")
    body = filled_in(filled, template.body, "body")
    return "\n\n".join(part for part in (header, body, template.footer) if part)


def stored(filled: FilledTemplate) -> dict[str, Any]:
    """As JSON; `restored` reads it. A delivery keeps the whole, whatever becomes of the template."""
    return {"template": asdict(filled.template), "values": dict(filled.values)}


def restored(kept: Mapping[str, Any]) -> FilledTemplate:
    return FilledTemplate(template=template_of(kept["template"]), values=kept["values"])


def template_of(kept: Mapping[str, Any]) -> Template:
    buttons = tuple(TemplateButton(**button) for button in kept["buttons"])
    return Template(**{**kept, "buttons": buttons})

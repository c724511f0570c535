"""Approved templates: the list of them, and one filled in as a message.

https://developers.facebook.com/documentation/business-messaging/whatsapp/templates/overview
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from apps.channels.connectors.whatsapp import client
from apps.channels.connectors.whatsapp.meaning import no_such_account, not_the_api
from apps.channels.connectors.whatsapp.spec import Config
from apps.channels.contract import FilledTemplate, Template, TemplateButton
from apps.channels.shapes import Shape, part, parts, word
from apps.channels.templates import Slot, missing, slots
from apps.core.errors import Rejected
from apps.core.text import clean
from apps.integrations.opening import Opened

FIELDS = "id,name,language,status,category,parameter_format,components"
TEMPLATES_MADE_AT = _(
    "They are written in Meta's WhatsApp Manager, «Message templates», and approved by Meta."
)
# An account has up to 6000 templates; so many pages are read before the list is cut off.
PAGE, PAGES = 100, 60
# What stands in a header beside words, and in buttons beside an address: why it is not sent from here.
_HEADERS = {"IMAGE": "file", "VIDEO": "file", "DOCUMENT": "file", "GIF": "file", "LOCATION": "place"}
_PLAIN_BUTTONS = ("QUICK_REPLY", "PHONE_NUMBER", "VOICE_CALL", "CALL_REQUEST")


@sensitive_variables()
def templates(opened: Opened[Config]) -> list[Template]:
    """https://developers.facebook.com/documentation/business-messaging/whatsapp/templates/template-management"""
    found: dict[str, Template] = {}
    params: dict[str, Any] = {"fields": FIELDS, "status": "APPROVED", "limit": PAGE}
    for _page in range(PAGES):
        answer = client.get(
            opened,
            f"{opened.config.business_account_id}/message_templates",
            params,
            missing=no_such_account,
        )
        if not isinstance(answer.get("data"), list):
            raise not_the_api()
        found |= {one.external_id: one for one in map(read, parts(answer, "data")) if one}
        paging = part(answer, "paging")
        after = word(part(paging, "cursors"), "after")
        if not after or "next" not in paging:
            break
        params["after"] = after
    return list(found.values())


def read(given: Shape) -> Template | None:
    """Pure. None for what is not approved, or lacks what a template must have."""
    number, name, language = (word(given, field).strip() for field in ("id", "name", "language"))
    by_type = {word(one, "type").upper(): one for one in parts(given, "components")}
    header, body = by_type.get("HEADER", {}), by_type.get("BODY", {})
    if word(given, "status").upper() != "APPROVED" or not (
        number and name and language and word(body, "text")
    ):
        return None
    category = word(given, "category").lower()
    buttons = parts(by_type.get("BUTTONS", {}), "buttons")
    return Template(
        external_id=number[:200],
        name=name[:512],
        language=language[:20],
        category=category[:40],
        header=word(header, "text"),
        body=word(body, "text"),
        footer=word(by_type.get("FOOTER", {}), "text"),
        buttons=tuple(map(_button, buttons)),
        examples=dict(_examples(header, body, buttons)),
        obstacle="code" if category == "authentication" else _obstacle(by_type, header, buttons),
    )


def _button(button: Shape) -> TemplateButton:
    kind, text = word(button, "type").upper(), word(button, "text")
    if kind == "COPY_CODE":
        return TemplateButton(text=text, value="{{code}}")
    url = word(button, "url")
    return TemplateButton(text=text, value=url if kind == "URL" and "{{" in url else "")


def _obstacle(by_type: Mapping[str, Shape], header: Shape, buttons: list[Shape]) -> str:
    if by_type.keys() - {"HEADER", "BODY", "FOOTER", "BUTTONS"}:
        return "parts"  # a carousel, an offer with a clock
    kind = word(header, "format").upper()
    if header and kind != "TEXT":
        return _HEADERS.get(kind, "parts")
    known = (*_PLAIN_BUTTONS, "URL", "COPY_CODE")
    return "parts" if any(word(button, "type").upper() not in known for button in buttons) else ""


def _examples(header: Shape, body: Shape, buttons: list[Shape]) -> Iterator[tuple[str, str]]:
    """Positional ones are lists, of the body's inside one more list; named ones are objects."""
    for place, component in (("header", header), ("body", body)):
        example = part(component, "example")
        for one in parts(example, f"{place}_text_named_params"):
            yield f"{place}.{word(one, 'param_name')}", word(one, "example")
        listed = example.get(f"{place}_text")
        values = listed[0] if isinstance(listed, list) and listed and isinstance(listed[0], list) else listed
        for number, value in enumerate(_words(values), 1):
            yield f"{place}.{number}", value
    for number, button in enumerate(buttons):
        for value in _words(button.get("example"))[:1]:
            yield f"button{number}.{'code' if word(button, 'type').upper() == 'COPY_CODE' else '1'}", value


def _words(values: Any) -> list[str]:
    if isinstance(values, str):
        return [clean(values, limit=None)]
    return (
        [clean(one, limit=None) for one in values if isinstance(one, str)] if isinstance(values, list) else []
    )


def render_template(filled: FilledTemplate) -> dict[str, Any]:
    """Pure: `type` and `template` of a message. Raises Rejected for what Meta would refuse anyway."""
    template = filled.template
    if template.obstacle or missing(filled):
        raise Rejected(_("The template is not filled in completely."), code="template_not_filled")
    values: dict[str, Any] = {"name": template.name, "language": {"code": template.language}}
    if components := [*_texts(filled), *_buttons(filled)]:
        values["components"] = components
    return {"type": "template", "template": values}


def _texts(filled: FilledTemplate) -> Iterator[dict[str, Any]]:
    for place in ("header", "body"):
        named = [slot for slot in slots(filled.template) if slot.place == place]
        if named:
            # Positional ones go in the order of their numbers, wherever they stand in the text.
            ordered = sorted(named, key=lambda slot: int(slot.name) if slot.name.isdecimal() else 0)
            yield {"type": place, "parameters": [_parameter(slot, filled) for slot in ordered]}


def _parameter(slot: Slot, filled: FilledTemplate) -> dict[str, str]:
    value = {"type": "text", "text": filled.values[slot.key]}
    return value if slot.name.isdecimal() else value | {"parameter_name": slot.name}


def _buttons(filled: FilledTemplate) -> Iterator[dict[str, Any]]:
    for slot in slots(filled.template):
        if not (place := re.fullmatch(r"button(\d+)", slot.place)):
            continue
        value = filled.values[slot.key]
        is_code = slot.name == "code"
        yield {
            "type": "button",
            "sub_type": "copy_code" if is_code else "url",
            "index": place[1],
            "parameters": [
                {"type": "coupon_code", "coupon_code": value} if is_code else {"type": "text", "text": value}
            ],
        }

"""WhatsApp's Cloud API as strict as the real one, and stricter: what it would ignore is a complaint here.

    with WhatsAppPeer() as meta:
        meta.fail("messages", 400, 131047)
        meta.files["1479537139650973"] = (b"OggS…", "audio/ogg")
        meta.templates = [template("order_ready", "ru", BODY={"text": "Готово, {{1}}"})]

https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/send-messages
"""

import hashlib
import hmac
import re
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from tests.peers.server import Part, Peer, Received, Reply

NUMBER, ACCOUNT = "106540352242922", "102290129340398"
TOKEN, APP_SECRET, VERIFY = "EAAmade-up-token", "made-up-app-secret", "made-up-verify-token"
FIELDS = "display_phone_number,verified_name,quality_rating"

_ALWAYS = {"messaging_product", "recipient_type", "type", "biz_opaque_callback_data"}
# Kind → (fields it must have, fields it may have).
_KINDS: Mapping[str, tuple[set[str], set[str]]] = {
    "text": ({"body", "preview_url"}, set()),
    "image": ({"id"}, {"caption"}),
    "video": ({"id"}, {"caption"}),
    "document": ({"id", "filename"}, {"caption"}),
    "audio": ({"id"}, {"voice"}),
    "interactive": ({"type", "body", "action"}, set()),
}
_TEMPLATE_FIELDS = "id,name,language,status,category,parameter_format,components"
_UPLOADS = {
    "image": {"image/jpeg", "image/png"},
    "video": {"video/mp4", "video/3gpp"},
    "audio": {"audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg"},
}


def signature(body: bytes, secret: str = APP_SECRET) -> str:
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


class WhatsAppPeer(Peer):
    """`sent`: messages taken, in order; `read`: ids marked as read; `uploads`: files by their new ids.

    `templates` are handed out as they are, `template_page` at a time; a message may name one of the approved.
    """

    def __init__(self, *, version: str = "v25.0", port: int = 0) -> None:
        super().__init__(port=port)
        self.version = version
        self.phone: dict[str, Any] = {
            "id": NUMBER,
            "display_phone_number": "+7 900 123-45-67",
            "verified_name": "Мастерская",
            "quality_rating": "GREEN",
        }
        self.files: dict[str, tuple[bytes, str]] = {}
        self.sums: dict[str, str] = {}
        self.sent: list[dict[str, Any]] = []
        self.read: list[str] = []
        self.templates: list[dict[str, Any]] = []
        self.template_page = 100
        self.uploads: dict[str, Part] = {}
        self.subscribed = False
        self.hook: dict[str, str] = {}
        self._scripted: dict[str, deque[Reply]] = {}
        self._route("phone", f"GET /{version}/{NUMBER}", self._show)
        self._route("hook", f"POST /{version}/{NUMBER}", self._set_hook)
        self._route("subscribe", f"POST /{version}/{ACCOUNT}/subscribed_apps", self._subscribe)
        self._route("messages", f"POST /{version}/{NUMBER}/messages", self._take)
        self._route("templates", f"GET /{version}/{ACCOUNT}/message_templates", self._list_templates)
        self._route("media", f"POST /{version}/{NUMBER}/media", self._upload)
        self._route("file", f"GET /{version}/{{media}}", self._find)
        self._route("download", "GET /whatsapp_business/attachments/{media}", self._hand_out)

    def fail(self, name: str, status: int, code: int, **more: Any) -> None:
        """The next call is refused like this."""
        self.next(name, refusal(status, code, **more))

    def next(self, name: str, reply: Reply) -> None:
        """The next call gets this answer; with `hang` it was accepted all the same."""
        self._scripted.setdefault(name, deque()).append(reply)

    def _route(self, name: str, route: str, handler: Callable[[Received], Reply]) -> None:
        def checked(request: Received) -> Reply:
            if request.headers["Authorization"] != f"Bearer {TOKEN}":
                return refusal(401, 190, type="OAuthException")
            # Marks go where messages go; what is scripted for the one is not for the other.
            is_mark = name == "messages" and "status" in self._json(request)
            scripted = self._scripted.get("read" if is_mark else name)
            if scripted and not scripted[0].hang:
                if name == "messages" and not is_mark:
                    self._check(request)
                return scripted.popleft()
            reply = handler(request)
            return scripted.popleft() if scripted else reply

        self.route(route, checked)

    def _show(self, request: Received) -> Reply:
        self.expect(request.query == {"fields": [FIELDS]}, f"asked for {request.query}")
        return Reply(json=self.phone)

    def _subscribe(self, request: Received) -> Reply:
        self.expect(self._json(request) == {}, "subscribed_apps takes nothing")
        self.subscribed = True
        return Reply(json={"success": True})

    def _set_hook(self, request: Received) -> Reply:
        values = self._json(request)
        self.expect(values.keys() == {"webhook_configuration"}, f"number has {values.keys()}")
        hook = values["webhook_configuration"]
        self.expect(hook.keys() == {"override_callback_uri", "verify_token"}, f"hook has {hook.keys()}")
        self.hook = hook
        return Reply(json={"success": True})

    def _list_templates(self, request: Received) -> Reply:
        query = {name: found[0] for name, found in request.query.items()}
        after = int(query.pop("after", "0"))
        wanted = {"fields": _TEMPLATE_FIELDS, "status": "APPROVED", "limit": "100"}
        self.expect(query == wanted, f"templates asked for with {query}")
        page = self.templates[after : after + self.template_page]
        paging: dict[str, Any] = {"cursors": {"before": str(after), "after": str(after + len(page))}}
        if after + len(page) < len(self.templates):
            paging["next"] = f"{self.url}/somewhere?access_token={TOKEN}"
        return Reply(json={"data": page, "paging": paging if page else {}})

    def _mark_read(self, values: dict[str, Any]) -> Reply:
        self.expect(values.keys() == {"messaging_product", "status", "message_id"}, f"a mark has {values}")
        self.expect(
            (values["messaging_product"], values["status"]) == ("whatsapp", "read"), f"a mark {values}"
        )
        self.expect(values["message_id"].startswith("wamid."), f"no message {values['message_id']!r}")
        self.read.append(values["message_id"])
        return Reply(json={"success": True})

    def _take(self, request: Received) -> Reply:
        if "status" in (values := self._json(request)):
            return self._mark_read(values)
        self.sent.append(self._check(request))
        number = len(self.sent)
        whom = self.sent[-1].get("to") or self.sent[-1].get("recipient")
        return Reply(
            json={
                "messaging_product": "whatsapp",
                "contacts": [{"input": whom, "wa_id": whom}],
                "messages": [{"id": f"wamid.SENT{number}", "message_status": "accepted"}],
            }
        )

    def _check(self, request: Received) -> dict[str, Any]:
        values = self._json(request)
        kind = values.get("type", "")
        given = values.keys() - {"context"}
        self.expect(
            given in (_ALWAYS | {kind, "to"}, _ALWAYS | {kind, "recipient"}), f"a message has {values.keys()}"
        )
        self.expect(values.get("messaging_product") == "whatsapp", "not for whatsapp")
        self.expect(values.get("recipient_type") == "individual", "not to one client")
        self.expect(re.fullmatch(r"\d{5,20}", values.get("to", "12345")), f"to {values.get('to')!r}")
        self.expect(
            re.fullmatch(r"[A-Z]{2}\.\w+", values.get("recipient", "RU.1")), f"to {values.get('recipient')!r}"
        )
        self.expect(values.get("context", {"message_id": ""}).keys() == {"message_id"}, "odd context")
        self.expect(len(values.get("biz_opaque_callback_data", "")) <= 512, "too much callback data")
        if kind == "template":
            self._check_template(values["template"])
        else:
            self._check_kind(kind, values.get(kind, {}))
        return values

    def _check_template(self, values: dict[str, Any]) -> None:
        """Every placeholder of the approved one, and nothing else; Meta itself answers 132000."""
        self.expect(
            {"name", "language"} <= values.keys() <= {"name", "language", "components"}, f"{values.keys()}"
        )
        self.expect(values["language"].keys() == {"code"}, f"language {values['language']}")
        named = (values["name"], values["language"]["code"])
        known = [one for one in self.templates if (one["name"], one["language"]) == named]
        self.expect(len(known) == 1 and known[0]["status"] == "APPROVED", f"template {named}")
        wanted = {part["type"].lower(): part for part in known[0]["components"]} if known else {}
        for component in values.get("components", ()):
            kind = component["type"]
            if kind == "button":
                button = wanted["buttons"]["buttons"][int(component["index"])]
                self.expect(component["sub_type"] == button["type"].lower(), f"button {component}")
                continue
            self.expect(component.keys() == {"type", "parameters"}, f"component {component}")
            places = re.findall(r"{{(\w+)}}", wanted.pop(kind)["text"])
            self._check_parameters(component["parameters"], list(dict.fromkeys(places)))
        left = [
            part for part in wanted.values() if part["type"] in ("HEADER", "BODY") and "{{" in part["text"]
        ]
        self.expect(not left, f"not filled in: {left}")

    def _check_parameters(self, given: list[dict[str, str]], places: list[str]) -> None:
        names = [one.get("parameter_name", str(number)) for number, one in enumerate(given, 1)]
        self.expect(sorted(names) == sorted(places), f"{names} for {places}")
        for one in given:
            self.expect(one.keys() - {"parameter_name"} == {"type", "text"}, f"parameter {one}")
            bad = not one["text"].strip() or re.search(r"[\n\t]| {5}", one["text"])
            self.expect(not bad, f"a value {one['text']!r}")

    def _check_kind(self, kind: str, inner: dict[str, Any]) -> None:
        needed, allowed = _KINDS.get(kind, (set(), set()))
        self.expect(kind in _KINDS, f"kind {kind!r}")
        self.expect(needed <= inner.keys() <= needed | allowed, f"{kind} has {inner.keys()}")
        if kind == "interactive":
            self._check_buttons(inner)
            return
        self.expect(len(inner.get("body", "")) <= 4096 and len(inner.get("caption", "")) <= 1024, "too long")
        if "id" not in inner:
            return
        file = self.uploads.get(inner["id"])
        self.expect(file is not None, f"{kind} {inner['id']!r} was never uploaded")
        if file is not None and kind in _UPLOADS:
            self.expect(file.content_type in _UPLOADS[kind], f"{file.content_type} as {kind}")
        if file is not None and inner.get("voice"):
            self.expect(file.content_type == "audio/ogg", f"a voice message of {file.content_type}")

    def _check_buttons(self, inner: dict[str, Any]) -> None:
        """https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/interactive-reply-buttons-messages"""
        self.expect(inner["type"] == "button" and inner["action"].keys() == {"buttons"}, f"{inner}")
        self.expect(inner["body"].keys() == {"text"} and 1 <= len(inner["body"]["text"]) <= 1024, f"{inner}")
        buttons = inner["action"]["buttons"]
        self.expect(1 <= len(buttons) <= 3, f"{len(buttons)} buttons")
        for button in buttons:
            self.expect(button.keys() == {"type", "reply"} and button["type"] == "reply", f"{button}")
            self.expect(button["reply"].keys() == {"id", "title"}, f"{button}")
            self.expect(1 <= len(button["reply"]["title"]) <= 20 and button["reply"]["id"], f"{button}")
        self.expect(len({one["reply"]["title"] for one in buttons}) == len(buttons), "two of one title")

    def _upload(self, request: Received) -> Reply:
        form = request.multipart
        self.expect(form.keys() == {"messaging_product", "type", "file"}, f"an upload has {form.keys()}")
        self.expect(form["messaging_product"].content == b"whatsapp", "not for whatsapp")
        self.expect(form["type"].content.decode() == form["file"].content_type, "two types of one file")
        self.expect(form["file"].filename, "the file has no name")
        media_id = str(9000 + len(self.uploads))
        self.uploads[media_id] = form["file"]
        return Reply(json={"id": media_id})

    def _find(self, request: Received) -> Reply:
        self.expect(request.query == {"phone_number_id": [NUMBER]}, f"a file asked for with {request.query}")
        media = request.params["media"]
        if media not in self.files:
            return refusal(400, 100, error_subcode=33)
        content, content_type = self.files[media]
        return Reply(
            json={
                "messaging_product": "whatsapp",
                "id": media,
                "url": f"{self.url}/whatsapp_business/attachments/{media}",
                "mime_type": content_type,
                "sha256": self.sums.get(media, hashlib.sha256(content).hexdigest()),
                "file_size": len(content),
            }
        )

    def _hand_out(self, request: Received) -> Reply:
        return Reply(body=self.files[request.params["media"]][0])

    def _json(self, request: Received) -> dict[str, Any]:
        self.expect(request.headers["Content-Type"] == "application/json", "JSON is not called JSON")
        values: dict[str, Any] = request.json
        return values


def template(name: str, language: str, **components: dict[str, Any]) -> dict[str, Any]:
    """An approved one as Meta lists it: `BODY={"text": …}`, `BUTTONS={"buttons": […]}`; `own`: the rest."""
    own = components.pop("own", {})
    return {
        "id": str(1000 + sum(map(ord, name + language))),
        "name": name,
        "language": language,
        "status": "APPROVED",
        "category": "UTILITY",
        "components": [{"type": kind, **inner} for kind, inner in components.items()],
        **own,
    }


def refusal(status: int, code: int, **more: Any) -> Reply:
    words = {"message": f"(#{code}) {TOKEN} was refused", "fbtrace_id": "A1b2"}
    return Reply(status=status, json={"error": {**words, "type": "OAuthException", "code": code, **more}})

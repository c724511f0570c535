"""Asking the community's Long Poll server. https://dev.vk.com/ru/api/bots-long-poll/getting-started

The cursor is the session (`server`, `key`) with the place in it (`ts`), and whose it is (`group`): a session
goes on over restarts, and `ts` outlives the session.
"""

import json
from collections.abc import Mapping
from typing import Any

import structlog
from django.views.decorators.debug import sensitive_variables

from apps.channels.connectors.vk import client
from apps.channels.connectors.vk.meaning import LONG_POLL, not_vk
from apps.channels.connectors.vk.spec import Config
from apps.channels.polling import LONGEST_WAIT, Polled
from apps.channels.shapes import Shape, part, parts
from apps.core.errors import ConfigInvalid, OutsideError, RateLimited, Transient
from apps.integrations.opening import Opened

log = structlog.get_logger(__name__)

# Only in answers to `ts`; a number there, text elsewhere.
OUT_OF_DATE, KEY_EXPIRED, LOST, BAD_VERSION = 1, 2, 3, 4
MOST_NAMES = 100


def polls(config: Config) -> bool:
    return config.receive != "callback"


@sensitive_variables()
def poll(opened: Opened[Config], cursor: Mapping[str, Any]) -> Polled:
    """One question, `LONGEST_WAIT` long at the most. Raises `core.errors`."""
    if cursor.get("group") != opened.config.group_id:
        cursor = {}
    if not (cursor.get("server") and cursor.get("key") and cursor.get("ts")):
        # Stored before anything is asked: what is written from this moment on is behind it.
        return Polled(cursor=_session(opened, ts=str(cursor.get("ts") or "")))
    params = {"act": "a_check", "key": cursor["key"], "ts": cursor["ts"]}
    try:
        answer = client.listen(opened, str(cursor["server"]), params, wait=LONGEST_WAIT)
    except OutsideError as error:
        moved = _session(opened, ts=str(cursor["ts"]))
        if (moved["server"], moved["key"]) == (cursor["server"], cursor["key"]):
            # Not the API's word: what a Long Poll server refuses says nothing about the key.
            passing = isinstance(error, (Transient, RateLimited))
            raise error if passing else Transient(code=error.code) from None
        # The server of an old session may be gone for good.
        return Polled(cursor=moved)
    if not isinstance(answer, dict):
        raise Transient(code="bad_answer")
    if "failed" in answer:
        return Polled(cursor=_after_failure(opened, cursor, answer))
    ts, updates = _ts(answer), answer.get("updates")
    if not ts or not isinstance(updates, list):
        raise Transient(code="bad_answer")
    found = parts(answer, "updates")
    return Polled(cursor={**cursor, "ts": ts}, bodies=_bodies(found, _names(opened, found)))


def _session(opened: Opened[Config], *, ts: str = "") -> dict[str, Any]:
    """A new server and key; from `ts` where there was one, else from now on."""
    found = client.call(opened, LONG_POLL, {"group_id": opened.config.group_id})
    shape: Shape = found if isinstance(found, dict) else {}
    server, key, begin = shape.get("server"), shape.get("key"), _ts(shape)
    if not (isinstance(server, str) and server and isinstance(key, str) and key and begin):
        raise not_vk()
    if not server.startswith(("https://", "http://")):
        server = f"https://{server}"
    return {"group": opened.config.group_id, "server": server, "key": key, "ts": ts or begin}


def _after_failure(opened: Opened[Config], cursor: Mapping[str, Any], answer: Shape) -> dict[str, Any]:
    failed = answer["failed"]
    if failed == OUT_OF_DATE and _ts(answer):
        log.warning("vk.events_out_of_date", group=opened.config.group_id)
        return {**cursor, "ts": _ts(answer)}
    if failed == KEY_EXPIRED:
        return _session(opened, ts=str(cursor["ts"]))
    if failed == BAD_VERSION:
        raise ConfigInvalid(code="long_poll_version", field="api_version")
    if failed != LOST:
        log.warning("vk.unknown_failure", group=opened.config.group_id)
    else:
        log.warning("vk.events_lost", group=opened.config.group_id)
    return _session(opened)


def _ts(shape: Shape) -> str:
    value = shape.get("ts")
    return str(value) if isinstance(value, (int, str)) and not isinstance(value, bool) else ""


def _bodies(updates: list[Shape], names: Mapping[int, Shape]) -> tuple[bytes, ...]:
    """Each as the Callback API would send it, with the client's profile beside it where that is known."""
    bodies = []
    for update in updates:
        profile = names.get(_writer(update))
        whole = {**update, "profile": profile} if profile else update
        bodies.append(json.dumps(whole, sort_keys=True).encode())
    return tuple(bodies)


def _writer(update: Shape) -> int:
    """Who wrote this message, where it is a client's; else 0. Events themselves bring no name."""
    writer = part(part(update, "object"), "message").get("from_id")
    return writer if update.get("type") == "message_new" and isinstance(writer, int) and writer > 0 else 0


@sensitive_variables()
def _names(opened: Opened[Config], updates: list[Shape]) -> dict[int, Shape]:
    """Profiles by id. A name is nice to have: no message waits or is lost for it."""
    writers = sorted({_writer(update) for update in updates} - {0})[:MOST_NAMES]
    if not writers:
        return {}
    asked = {"user_ids": ",".join(map(str, writers)), "fields": "screen_name"}
    try:
        found = client.call(opened, "users.get", asked)
    except OutsideError as error:
        log.warning("vk.names_unknown", code=error.code)
        return {}
    kept = ("id", "first_name", "last_name", "screen_name")
    return {
        profile["id"]: {name: profile[name] for name in kept if name in profile}
        for profile in parts({"found": found}, "found")
        if isinstance(profile.get("id"), int)
    }

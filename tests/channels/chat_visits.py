"""A browser's half of the web chat, for tests of its API."""

import json
import uuid
from typing import Any

import pytest
from django.test import Client

from apps.channels.delivery import queue_delivery
from apps.channels.models import Channel, ChatVisitor, Delivery
from tests.channels.outbox import make_webchat


class Browser:
    """The page's half of the conversation."""

    def __init__(self, channel: Channel, token: str = "", client: Client | None = None) -> None:
        self.path = f"/chat/{channel.public_id}"
        self.token = token
        self.client = client or Client()

    def headers(self) -> dict[str, str]:
        return {"X-Chat-Token": self.token} if self.token else {}

    def post(self, what: str, body: Any) -> Any:
        data = body if isinstance(body, bytes | str) else json.dumps(body)
        return self.client.post(
            f"{self.path}/{what}", data, content_type="application/json", headers=self.headers()
        )

    def write(self, text: str = "Здравствуйте", key: str = "", **more: Any) -> Any:
        response = self.post("messages", {"key": key or str(uuid.uuid4()), "text": text, **more})
        self.token = self.token or response.json().get("token", "")
        return response

    def read(self, after: int = 0) -> Any:
        return self.client.get(f"{self.path}/messages?after={after}", headers=self.headers())

    def texts(self) -> list[str]:
        return [line["text"] for line in self.read().json()["lines"]]


@pytest.fixture
def channel() -> Channel:
    return make_webchat()


@pytest.fixture
def browser(channel) -> Browser:
    return Browser(channel)


def answer(channel: Channel, text: str) -> Delivery:
    visitor = ChatVisitor.objects.get()
    return queue_delivery(
        channel=channel, external_chat_id=visitor.external_id, external_user_id=visitor.external_id, text=text
    )


def error(response: Any) -> tuple[int, str]:
    body = response.json()["error"]
    assert body["message"]
    return response.status_code, body["code"]

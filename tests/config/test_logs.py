"""No secret in a log line, whatever way it takes into it."""

import io
import json
import logging
import logging.config
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from config import logs
from config.logs.redaction import BLOT, redact_text

SECRETS = [
    ("a header", "Authorization: Bearer HIDDEN.x-1"),
    ("another scheme", "authorization=Basic HIDDENaGk="),
    ("the spec's query parameter", "GET /calls?apiKey=HIDDEN&tab=1"),
    ("a header of a vendor", "X-API-Key: HIDDEN"),
    ("JSON", '{"api_key": "HIDDEN", "model": "x"}'),
    ("JSON inside JSON", r"{\"client_secret\": \"HIDDEN\"}"),
    ("a dict's repr", "{'refresh_token': 'HIDDEN', 'ok': True}"),
    ("a form", "grant_type=password&password=HIDDEN"),
    ("a bot's address", "https://api.example.com/bot123456:HIDDEN-x_y/sendMessage"),
    ("an address with a password", "postgres://crm:HIDDEN@db/crm"),
    ("a bare scheme", "sent Bearer HIDDENHIDDEN"),
    ("an LLM's key", "key sk-ant-api03-HIDDENHIDDEN"),
    ("a JWT", "eyJhbGciOiJI.eyJHIDDEN.HIDDEN_x"),
]


@pytest.fixture(params=["text", "json"])
def output(request: pytest.FixtureRequest) -> Iterator[io.StringIO]:
    stream = io.StringIO()
    config = logs.configure(request.param, "INFO")
    config["handlers"]["stderr"]["stream"] = stream
    logging.config.dictConfig(config)
    yield stream
    logging.config.dictConfig(logs.configure(settings.LOG_FORMAT, settings.LOG_LEVEL))


@pytest.mark.parametrize("text", [text for _, text in SECRETS], ids=[name for name, _ in SECRETS])
def test_a_secret_inside_a_text_is_blotted_out(text: str) -> None:
    redacted = redact_text(text)
    assert "HIDDEN" not in redacted
    assert BLOT in redacted


@pytest.mark.parametrize(
    "text",
    [
        "max_tokens: 4096, input_tokens=12",
        "the token has expired",
        "password is required",
        "https://example.com/a?tab=1&call=2",
        "Обращение 12: клиент написал в 12:30",
    ],
)
def test_what_is_no_secret_stays_readable(text: str) -> None:
    assert redact_text(text) == text


@pytest.mark.parametrize("text", [text for _, text in SECRETS], ids=[name for name, _ in SECRETS])
def test_no_secret_passes_through_text_arguments_or_traceback(output: io.StringIO, text: str) -> None:
    logger = logging.getLogger("apps.some")
    logger.warning(text.replace("%", "%%"))
    logger.warning("with arguments %s %r", text, {"inner": [text]})
    structlog.get_logger("apps.other").warning("structured", detail=text, deep={"list": [text, {"t": text}]})
    try:
        raise ValueError(text)
    except ValueError:
        logger.exception("failed")
    assert output.getvalue().count("\n") >= 4
    assert "HIDDEN" not in output.getvalue()


@pytest.mark.parametrize(
    "name", ["api_key", "bot_token", "Authorization", "client_secret", "password", "Cookie"]
)
def test_a_value_under_a_secret_name_is_blotted_out_whatever_it_looks_like(
    output: io.StringIO, name: str
) -> None:
    structlog.get_logger("apps.other").warning("structured", **{name: "plain HIDDEN words"})
    logging.getLogger("apps.some").warning("extra", extra={"config": {name: ["HIDDEN"]}})
    assert "HIDDEN" not in output.getvalue()
    assert output.getvalue().count(BLOT) == 2


def test_a_json_line_is_one_object_with_its_fields(capsys: pytest.CaptureFixture[str]) -> None:
    stream = io.StringIO()
    config = logs.configure("json", "INFO")
    config["handlers"]["stderr"]["stream"] = stream
    logging.config.dictConfig(config)
    try:
        structlog.get_logger("apps.x").info("сообщение", tenant=7, max_tokens=5)
    finally:
        logging.config.dictConfig(logs.configure(settings.LOG_FORMAT, settings.LOG_LEVEL))
    event: dict[str, Any] = json.loads(stream.getvalue())
    assert event["event"] == "сообщение"
    assert (event["tenant"], event["max_tokens"], event["level"], event["logger"]) == (7, 5, "info", "apps.x")


def test_a_megabyte_of_one_character_does_not_hold_the_log_up() -> None:
    for piece in ("a", "token ", "eyJ", "://", "1"):
        assert redact_text(piece * (200_000 // len(piece)))


@pytest.mark.parametrize(("log_format", "level"), [("xml", "INFO"), ("json", "LOUD")])
def test_an_unknown_format_or_level_is_refused_by_name(log_format: str, level: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="LOG_"):
        logs.configure(log_format, level)

"""What Django itself tells of a failure: its page in DEBUG, its log lines."""

import io
import logging.config

import pytest
from django.conf import settings
from django.test import Client, RequestFactory
from django.views.debug import ExceptionReporter, get_exception_reporter_filter

from config import logs

SECRET = "hidden-pass-1"


@pytest.fixture
def output():
    stream = io.StringIO()
    config = logs.configure("text", "INFO")
    config["handlers"]["stderr"]["stream"] = stream
    logging.config.dictConfig(config)
    yield stream
    logging.config.dictConfig(logs.configure(settings.LOG_FORMAT, settings.LOG_LEVEL))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", f"postgres://crm:{SECRET}@db/crm"),
        ("CACHES", {"default": {"LOCATION": f"redis://:{SECRET}@redis/0"}}),
        ("OUTBOUND_PROXY", f"http://me:{SECRET}@proxy:3128"),
        ("CREDENTIALS_KEYS", [SECRET]),
        ("METRICS_TOKEN", SECRET),
        ("STORAGES", {"default": {"OPTIONS": {"access_key": SECRET, "secret_key": SECRET}}}),
    ],
)
def test_the_page_of_a_failure_shows_no_setting_with_a_secret(name, value, settings):
    setattr(settings, name, value)
    request = RequestFactory().get("/")
    settings_shown = get_exception_reporter_filter(request).get_safe_settings()
    assert SECRET not in str(settings_shown[name])


def test_nor_anything_of_the_request(settings):
    request = RequestFactory().get(
        "/",
        headers={"X-API-Key": SECRET, "Authorization": f"Bearer {SECRET}", "Cookie": f"sessionid={SECRET}"},
    )
    request.META["DATABASE_URL"] = f"postgres://crm:{SECRET}@db/crm"
    try:
        raise ValueError("x")
    except ValueError as error:
        reporter = ExceptionReporter(request, type(error), error, error.__traceback__)
    assert SECRET not in reporter.get_traceback_text()
    assert SECRET not in reporter.get_traceback_html()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "address",
    ["/nosuch?code=hidden-pass-1&state=1", "/api/integrations?key=hidden-pass-1", "/nosuch?" + "a=1&" * 3000],
)
def test_no_query_is_logged(address, output):
    Client().get(address)
    assert SECRET not in output.getvalue()
    assert "a=1" not in output.getvalue()


@pytest.mark.django_db
def test_strangers_do_not_fill_the_log(output, settings):
    settings.ALLOWED_HOSTS = ["crm.example"]
    client = Client(raise_request_exception=False)
    client.get("/", headers={"host": "evil.example"})
    client.post(
        "/webhook/x/incoming?" + "&".join(f"a{n}=1" for n in range(2000)),
        b"{}",
        content_type="application/json",
    )
    client.get("/" + "x" * 50_000)
    said = output.getvalue()
    assert said.count("\n") == 3, said[:3000]
    assert "Traceback" not in said
    assert len(said) < 3000

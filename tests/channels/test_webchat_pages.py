"""The chat page and the widget: who may frame them, what they give away, whose language they speak."""

import json
import re
from typing import Any

import pytest

from apps.channels.chat.pages import _readable_on
from apps.integrations.models import Connection
from tests.channels.outbox import make_tenant, make_webchat

pytestmark = pytest.mark.django_db


def page(client, channel):
    return client.get(f"/chat/{channel.public_id}/")


def setup_of(html: str) -> Any:
    found = re.search(r'<script id="setup" type="application/json">(.*?)</script>', html, re.DOTALL)
    assert found
    return json.loads(found[1])


def test_the_page_may_be_framed_by_any_site_unless_a_list_is_set(client):
    response = page(client, make_webchat())

    assert "X-Frame-Options" not in response.headers
    assert "frame-ancestors" not in response.headers["Content-Security-Policy"]


def test_with_a_list_only_its_sites_may_frame_the_page(client):
    channel = make_webchat(config={"allowed_sites": ["https://a.example", "https://b.example:8443"]})

    policy = page(client, channel).headers["Content-Security-Policy"]

    assert policy.endswith("frame-ancestors 'self' https://a.example https://b.example:8443")


def test_nothing_but_the_page_may_be_framed(client):
    channel = make_webchat()

    assert client.get(f"/chat/{channel.public_id}/messages").headers["X-Frame-Options"] == "DENY"


def test_only_our_own_scripts_run(client):
    policy = page(client, make_webchat()).headers["Content-Security-Policy"]

    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self' 'nonce-")


@pytest.mark.parametrize(
    "words", ["</script><script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7|add:7 }}"]
)
def test_what_is_written_in_the_settings_stays_text(client, words):
    channel = make_webchat(config={"title": words, "greeting": words, "offline_text": words})

    html = page(client, channel).content.decode()
    script = client.get(f"/chat/{channel.public_id}/widget.js").content.decode()

    assert "<script>alert" not in html
    assert "<img src" not in html
    assert setup_of(html)["greeting"] == words
    assert "<script>alert" not in script
    assert "<img" not in script


@pytest.mark.parametrize(("language", "lang"), [("ru", "ru"), ("en", "en")])
def test_the_page_speaks_the_organisations_language(client, language, lang):
    tenant = make_tenant()
    type(tenant).objects.update(language=language)

    html = page(client, make_webchat(tenant=tenant)).content.decode()

    assert f'<html lang="{lang}">' in html
    assert setup_of(html)["language"] == lang


def test_a_greeting_of_ones_own_replaces_ours(client):
    html = page(client, make_webchat(config={"greeting": "Добрый день!"})).content.decode()

    assert setup_of(html)["greeting"] == "Добрый день!"


def test_no_other_host_is_asked_for_anything(client):
    html = page(client, make_webchat()).content.decode()

    assert not re.findall(r'(?:src|href)="(?:https?:)?//', html)


def test_the_widget_is_a_script_any_site_may_load(client):
    channel = make_webchat(config={"colour": "#ffcc00"})

    response = client.get(f"/chat/{channel.public_id}/widget.js")
    script = response.content.decode()

    assert response.headers["Content-Type"].startswith("text/javascript")
    assert response.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert channel.public_id in script
    assert "#ffcc00" in script


def test_a_page_whose_stored_settings_do_not_fit_any_more_is_404_not_a_crash(client):
    channel = make_webchat()
    Connection.objects.update(config={"colour": "red; }"})

    assert page(client, channel).status_code == 404


@pytest.mark.parametrize(
    ("colour", "ink"), [("#ffffff", "#000000"), ("#000000", "#ffffff"), ("#2563eb", "#ffffff")]
)
def test_letters_can_be_read_on_any_colour(colour, ink):
    assert _readable_on(colour) == ink

"""«Connecting»: the address, the keys, the shortest call, a try, and what has been asked of late."""

import html

import pytest

from apps.callanalysis.models import AnalysisSettings, ApiRequest, Call
from apps.tenants.keys import issue_key, revoke_key
from apps.tenants.models import ApiKey, Tenant
from tests.callanalysis.conftest import FILE
from tests.peers.server import Reply
from tests.sounds import sound

pytestmark = pytest.mark.django_db

PAGE = "/admin/callanalysis/analysissettings/connecting/"


@pytest.fixture
def client(boss, signed_in):
    return signed_in(boss)


def shown(client, **query: str) -> str:
    return html.unescape(client.get(PAGE, query).content.decode())


def tried(client, **values: str) -> str:
    data = {f"try-{name}": value for name, value in values.items()}
    return html.unescape(client.post(PAGE, {"act": "try", **data}).content.decode())


GIVEN = {"call_id": "test_1", "manager_id": "m1", "deal_id": "d1", "duration": "12"}


def test_it_is_for_administrators(head, anna, signed_in):
    for who in (head, anna):
        assert signed_in(who).get(PAGE).status_code == 403


def test_the_ready_address_and_the_keys(client, tenant_a, tenant_b, settings):
    settings.PUBLIC_URL = "https://crm.example.com"
    assert "Ключей ещё нет" in shown(client)
    _, value = issue_key(tenant=tenant_a, name="Битрикс", user=None)
    old, _ = issue_key(tenant=tenant_a, name="Старый", user=None)
    revoke_key(key=old)
    issue_key(tenant=tenant_b, name="Чужой", user=None)
    page = shown(client)
    assert "https://crm.example.com/api/v1/calls/audio-upload?apiKey=YOUR_API_KEY" in page
    assert "/api/v1/docs/" in page
    for text in ("Битрикс", f"••••{value[-4:]}", "Старый", "отозван"):
        assert text in page
    assert value not in page
    assert "Чужой" not in page
    assert page.index("Битрикс") < page.index("Старый")


def test_the_shortest_length_is_kept_and_nothing_else_is_lost(client, tenant_a):
    AnalysisSettings.objects.create(tenant=tenant_a, keep_audio_days=30, manager_side="right")
    assert client.post(PAGE, {"act": "least", "least-least_seconds": "15"}).status_code == 302
    kept = AnalysisSettings.objects.get()
    assert (kept.least_seconds, kept.keep_audio_days, kept.manager_side) == (15, 30, "right")
    page = client.post(PAGE, {"act": "least", "least-least_seconds": "-1"})
    assert page.status_code == 200
    assert AnalysisSettings.objects.get().least_seconds == 15


def test_the_first_setting_makes_the_row(client, tenant_a):
    client.post(PAGE, {"act": "least", "least-least_seconds": "7"})
    assert AnalysisSettings.objects.get().tenant == tenant_a


def test_a_try_is_a_real_request_and_shows_the_very_answer(client, crm, tenant_a, boss):
    crm.route(FILE, lambda request: Reply(body=sound("mp3", 1.0)))
    link = f"{crm.url}/rec/1.mp3?sig=secret"
    page = tried(client, **GIVEN, audio_url=link)
    call = Call.objects.get()
    assert (call.tenant, call.external_id, call.declared_seconds) == (tenant_a, "test_1", 12)
    assert "HTTP 200" in page
    assert f'"task_id": "{call.task_id}"' in page
    again = tried(client, **GIVEN, audio_url=link)
    assert "HTTP 409" in again
    assert '"code": "already_received"' in again
    noted = ApiRequest.objects.order_by("pk")
    assert [(one.status, one.code, one.call_id) for one in noted] == [
        (200, "success", "test_1"),
        (409, "already_received", "test_1"),
    ]
    assert boss.name in noted[0].key_name
    listed = shown(client).partition('id="requests-title"')[2]
    assert f"/admin/callanalysis/call/{call.pk}/change/" in listed
    assert "secret" not in listed


@pytest.mark.parametrize(
    ("values", "status", "code"),
    [
        ({}, 400, "invalid"),
        ({**GIVEN, "audio_url": "ftp://x"}, 400, "invalid"),
        ({**GIVEN, "audio_url": "http://127.0.0.1:9/none.mp3"}, 400, "download_error"),
    ],
)
def test_what_is_refused_says_so_as_the_api_does(client, values, status, code):
    page = tried(client, **values)
    assert f"HTTP {status}" in page
    assert f'"code": "{code}"' in page
    assert not Call.objects.exists()
    noted = ApiRequest.objects.get()
    assert noted.code == code
    listed = shown(client).partition('id="requests-title"')[2]
    assert noted.said[0][1] in listed
    assert values.get("audio_url", "127.0.0.1:9") not in listed, "a link is as good as a key to the recording"


def test_an_answer_says_which_field_was_wrong(api, client):
    api.post("/api/v1/calls", {**GIVEN, "duration": "abc"}, format="json")
    noted = ApiRequest.objects.get()
    assert noted.said[0] == ["", "Некоторые поля заполнены неверно."]
    words = dict(noted.said)["duration"]
    assert f"<code>duration</code>: {words}" in shown(client)


def test_what_the_crm_asked_is_here_and_nothing_of_others(client, api, tenant_b):
    api.get("/api/v1/calls/none")
    ApiRequest.objects.create(tenant=tenant_b, route="GET /foreign", key_name="x", status=200, milliseconds=1)
    page = shown(client)
    assert "GET /calls/{call_id}" in page
    assert "not_found" in page
    assert "GET /foreign" not in page


def test_a_superuser_says_whose(root, signed_in, tenant_a, tenant_b):
    client = signed_in(root)
    assert tenant_b.name in shown(client)
    page = client.post(f"{PAGE}?tenant={tenant_b.pk}", {"act": "least", "least-least_seconds": "9"})
    assert page["Location"].endswith(f"?tenant={tenant_b.pk}")
    assert AnalysisSettings.objects.get().tenant == tenant_b
    assert ApiKey.objects.count() == 0
    assert Tenant.objects.count() == 2

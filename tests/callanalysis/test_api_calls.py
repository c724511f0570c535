"""A CRM tells of a call: what is taken, what is refused and in which words, and how often."""

import json
import shlex
import subprocess
import threading
from unittest import mock

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from apps.callanalysis.glancing import is_recording
from apps.callanalysis.models import AnalysisSettings, ApiRequest, Call, SalesManager
from apps.tenants.keys import issue_key
from tests.peers.exchange import Reply
from tests.peers.server import Peer
from tests.sounds import sound

pytestmark = pytest.mark.django_db

UPLOAD = "/api/v1/calls/audio-upload"
MP3 = sound("mp3", 0.3)
# As the document has it, in two pieces for this file's width.
POST = (
    "curl --location --request POST 'http://calls.example.com/api/v1/calls/audio-upload?apiKey=YOUR_API_KEY'"
)
TAKEN = "Звонок успешно получен и поставлен в очередь на анализ"


def told(crm, **more):
    fields = {"call_id": "c1", "manager_id": "m1", "deal_id": "d1", "audio_url": f"{crm.url}/a.mp3"}
    return fields | more


@pytest.fixture
def recording(crm):
    crm.route("GET /a.mp3", lambda request: Reply(body=MP3))
    return crm


@pytest.mark.parametrize("address", [UPLOAD, "/api/v1/calls"])
@pytest.mark.parametrize("how", ["json", "form", "multipart"])
def test_a_call_is_taken_in_each_form_that_crms_send(how, address, api, recording, tenant_a):
    data = told(
        recording, duration="90.5", manager_name="Иванов Иван Петрович", deal_stage_id="s", unknown="x"
    )
    match how:
        case "json":
            answer = api.post(address, json.dumps(data), content_type="application/json")
        case "form":
            encoded = "&".join(f"{name}={value}" for name, value in data.items())
            answer = api.post(address, encoded, content_type="application/x-www-form-urlencoded")
        case _:
            answer = api.post(address, data)
    call = Call.objects.get()
    assert (answer.status_code, answer.json()) == (
        200,
        {
            "status": "success",
            "message": TAKEN,
            "task_id": call.task_id,
            "estimated_processing_time": "5-15 минут",
        },
    )
    assert (call.tenant, call.state, call.stage, call.declared_seconds) == (
        tenant_a,
        "queued",
        "received",
        90.5,
    )
    assert call.link == {"audio_url": f"{recording.url}/a.mp3"}
    assert (call.deal_id, call.deal_stage_id) == ("d1", "s")
    assert str(call.sales_manager) == "Иванов Иван Петрович"
    assert recording.requests[0].headers["Range"].startswith("bytes=0-")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"call_id": None}, "call_id"),
        ({"call_id": " "}, "call_id"),
        ({"call_id": "x" * 201}, "call_id"),
        ({"call_id": "a\x00b"}, "call_id"),
        ({"call_id": ["c"]}, "call_id"),
        ({"manager_id": ""}, "manager_id"),
        ({"deal_id": None}, "deal_id"),
        ({"audio_url": "ftp://a.example/a.mp3"}, "audio_url"),
        ({"audio_url": "not a link"}, "audio_url"),
        ({"audio_url": "http://[::1"}, "audio_url"),
        ({"audio_url": "http://a.example:99999/"}, "audio_url"),
        ({"duration": "abc"}, "duration"),
        ({"duration": -1}, "duration"),
        ({"duration": "nan"}, "duration"),
        ({"duration": "1e999"}, "duration"),
        ({"duration": True}, "duration"),
        ({"stage": {"a": 1}}, "stage"),
    ],
)
def test_a_wrong_field_is_named(wrong, field, api, crm):
    answer = api.post("/api/v1/calls", json.dumps(told(crm, **wrong)), content_type="application/json")
    assert answer.status_code == 400, answer.content
    assert (answer.json()["code"], list(answer.json()["errors"])) == ("invalid", [field])
    assert not Call.objects.exists()
    assert not crm.requests


@pytest.mark.parametrize("body", ["", "[]", "null", "7", '"x"', "{", "\xff", "[" * 100_000])
def test_what_is_no_object_is_refused(body, api):
    answer = api.post("/api/v1/calls", body.encode("latin-1"), content_type="application/json")
    assert answer.status_code == 400
    assert answer.json()["status"] == "error"


def test_what_is_too_large_is_not_read(api):
    answer = api.post("/api/v1/calls", b" " * (1024 * 1024 + 1), content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    fields = {f"f{number}": "x" for number in range(1001)}
    assert api.post(UPLOAD, fields).status_code == 400


@pytest.mark.parametrize(
    ("reply", "code", "text"),
    [
        (
            Reply(body="<html>Sign in</html>"),
            "not_audio",
            "Файл не является аудио и мы не смогли определить его длину",
        ),
        (Reply(body=b""), "not_audio", "Файл не является аудио и мы не смогли определить его длину"),
        (Reply(status=416), "not_audio", "Файл не является аудио и мы не смогли определить его длину"),
        (Reply(status=404), "download_error", "файл скачать не может"),
        (Reply(status=403), "download_error", "файл скачать не может"),
        (Reply(close=True), "download_error", "файл скачать не может"),
        (
            Reply(status=302, headers={"Location": "http://10.0.0.1/a.mp3"}),
            "download_error",
            "файл скачать не может",
        ),
    ],
)
def test_a_link_to_no_recording_is_refused_while_the_crm_waits(reply, code, text, api, crm):
    crm.script("GET /a.mp3", [reply])
    answer = api.post(UPLOAD, told(crm))
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert text in answer.json()["message"]
    assert not Call.objects.exists()


@pytest.mark.parametrize(
    "link", ["http://127.0.0.1:1/a.mp3", "http://10.1.2.3/a.mp3", "http://169.254.169.254/"]
)
def test_nobody_there_or_a_place_inside_is_a_download_error(link, api, settings):
    settings.OUTBOUND_PRIVATE_NETWORKS = ["127.0.0.1/32"]
    answer = api.post(UPLOAD, {"call_id": "c", "manager_id": "m", "deal_id": "d", "audio_url": link})
    assert (answer.status_code, answer.json()["code"]) == (400, "download_error")


def test_a_server_nobody_vouches_for_is_a_download_error(api, certificate, settings):
    settings.OUTBOUND_PRIVATE_NETWORKS = ["127.0.0.0/8", "::1/128"]
    with Peer(tls=certificate("localhost")[0]) as server:
        answer = api.post(UPLOAD, told(server, audio_url=f"https://localhost:{server.port}/a.mp3"))
    assert (answer.status_code, answer.json()["code"]) == (400, "download_error")
    assert not Call.objects.exists()


@pytest.mark.parametrize("how", ["wrong", "revoked"])
def test_without_a_key_that_holds_nothing_is_looked_at(how, key, recording, tenant_a):
    if how == "revoked":
        tenant_a.api_keys.update(revoked_at=timezone.now())
    answer = Client(headers={"X-API-Key": key if how == "revoked" else f"{key}x"}).post(
        UPLOAD, told(recording)
    )
    assert (answer.status_code, answer.json()["status"]) == (401, "error")
    assert not recording.requests
    assert not Call.objects.exists()


def test_a_long_file_of_a_server_without_ranges_is_not_read_to_its_end(api, crm):
    whole = MP3 + bytes(60 * 1024 * 1024)
    crm.route("GET /a.mp3", lambda request: Reply(body=whole))
    assert api.post(UPLOAD, told(crm)).status_code == 200


def test_what_is_too_slow_to_tell_is_taken_within_five_seconds(api, crm):
    crm.script("GET /a.mp3", [Reply(body=MP3, delay=8)])
    assert api.post(UPLOAD, told(crm)).status_code == 200
    assert ApiRequest.objects.get().milliseconds < 5000


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"ID3\x04" + bytes(60), True),
        (b"\xff\xe3\x18\xc4" + bytes(60), True),  # MPEG-2.5, 8 kHz
        (b"\xff\xfa\x90\x64" + bytes(60), True),
        (b"\xff\xf1\x50\x80" + bytes(60), False),  # AAC
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", True),
        (b"RIFF\x00\x00\x00\x00AVI LIST", False),
        (sound("ogg", 0.1)[:4096], True),
        (sound("m4a", 0.1)[:4096], False),
        (b"\xff\xff\xff\xff", False),
        (b"", False),
    ],
)
def test_a_recording_is_told_by_its_content(head, expected):
    assert is_recording(head) is expected


def test_a_known_call_is_answered_with_its_task_and_not_looked_at_again(api, recording):
    first = api.post(UPLOAD, told(recording)).json()
    again = api.post(UPLOAD, told(recording, deal_id="another"))
    assert again.status_code == 409
    assert again.json()["task_id"] == first["task_id"]
    assert again.json()["state"] == "received"
    assert len(recording.requests) == 1
    assert Call.objects.get().deal_id == "d1"


@pytest.mark.django_db(transaction=True)
def test_two_at_once_are_one_call(key, recording):
    together, answers = threading.Barrier(2), []
    recording.route("GET /a.mp3", lambda request: (together.wait(5), Reply(body=MP3))[1])

    def post():
        answers.append(Client(headers={"X-API-Key": key}).post(UPLOAD, told(recording)))
        connection.close()

    threads = [threading.Thread(target=post) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    assert {answer.json()["task_id"] for answer in answers} == {Call.objects.get().task_id}
    assert SalesManager.objects.count() == 1


def test_a_call_shorter_than_the_least_is_kept_as_skipped(api, crm, tenant_a):
    AnalysisSettings.objects.create(tenant=tenant_a, least_seconds=30)
    answer = api.post(UPLOAD, told(crm, duration="29"))
    assert (answer.status_code, answer.json()["status"]) == (200, "skipped")
    call = Call.objects.get()
    assert (call.state, call.stage, call.outcome) == ("done", "done", "skipped")
    assert call.reason
    assert not crm.requests
    assert api.get("/api/v1/calls/c1").json()["state"] == "skipped"


def test_the_state_of_a_call_is_told_without_its_link_and_to_its_own_organisation_alone(
    api, recording, tenant_b
):
    api.post(UPLOAD, told(recording, audio_url=f"{recording.url}/a.mp3?sign=s3cr3t"))
    answer = api.get("/api/v1/calls/c1")
    body = answer.json()
    assert (body["state"], body["stages"]["recording"], body["error"]) == ("received", "queued", None)
    assert "s3cr3t" not in answer.content.decode()
    Call.objects.update(state="failed", error_code="http_404", outcome="failed", reason="r")
    body = api.get("/api/v1/calls/c1").json()
    assert (body["state"], body["reason"], body["error"]["code"]) == ("failed", "r", "http_404")
    assert "По ссылке нет файла" in body["error"]["message"]
    foreign = Client(headers={"X-API-Key": issue_key(tenant=tenant_b, name="B", user=None)[1]})
    absent = foreign.get("/api/v1/calls/c1")
    assert (absent.status_code, absent.json()["message"]) == (404, "В этой организации такого нет.")
    assert foreign.post(UPLOAD, told(recording)).status_code == 200


def test_the_sixty_first_request_of_a_minute_waits(api, db, tenant_a, key):
    with mock.patch("apps.callanalysis.api.door.time.time", return_value=1_800_000_010.0):
        answers = [api.get("/api/v1/calls/none") for _ in range(61)]
        another = issue_key(tenant=tenant_a, name="Second", user=None)[1]
        assert Client(headers={"X-API-Key": another}).get("/api/v1/calls/none").status_code == 404
    assert {answer.status_code for answer in answers[:60]} == {404}
    assert (answers[60].status_code, answers[60]["Retry-After"]) == (429, "50")
    told = answers[60].json()
    assert (told["status"], told["code"]) == ("error", "throttled")
    assert told["message"] == (
        "Больше 60 запросов в минуту с этим ключом. Сколько секунд подождать, сказано в Retry-After."
    )


@pytest.mark.django_db(transaction=True)
def test_the_documents_own_examples_run(key, recording, live_server):
    """Word for word, but for the host, the key and where the recording lies."""

    def run(example: str) -> tuple[int, dict]:
        example = example.replace("http://calls.example.com", live_server.url).replace("YOUR_API_KEY", key)
        example = example.replace(
            "https://crm.company.com/files/audio/call_12345.mp3", f"{recording.url}/a.mp3"
        )
        command = [*shlex.split(example), "--silent", "--noproxy", "*", "--write-out", "\n%{http_code}"]
        body, _line, code = subprocess.run(
            command, capture_output=True, text=True, check=True, timeout=30
        ).stdout.rpartition("\n")
        return int(code), json.loads(body)

    upload = f"""{POST} \
--form 'manager_id="mgr_001"' \
--form 'call_id="call_12345_20250619"' \
--form 'deal_id="deal_5678"' \
--form 'deal_stage_id="stage_qualification"' \
--form 'audio_url="https://crm.company.com/files/audio/call_12345.mp3"'"""
    code, body = run(upload)
    assert (code, body["message"]) == (200, TAKEN)
    assert Call.objects.get().external_id == "call_12345_20250619"
    assert run(upload)[0] == 409
    code, body = run(f"""{POST} \
--form 'manager_id="test_manager"' \
--form 'call_id="test_call_001"' \
--form 'audio_url="https://example.com/test.mp3"'""")
    assert (code, list(body["errors"])) == (400, ["deal_id"])
    assert run('curl -X GET "http://calls.example.com/api/v1/tables/call-ready?tab=test&call=1"')[0] == 401

"""Offices and people come from the CRM by its ids: counted, brought up to date, never lost."""

import json

import pytest
from django.test import Client

from apps.callanalysis.models import ApiRequest, Office, SalesManager
from apps.tenants.keys import issue_key

pytestmark = pytest.mark.django_db

OFFICES, MANAGERS = "/api/v1/settings/offices-update", "/api/v1/settings/managers-update"
CENTRE = {
    "office_title": "Офис продаж Центр",
    "office_id": "office_001",
    "leader_ids": ["leader_123", "leader_456"],
    "managers_ids": ["manager_789", "manager_012"],
}
IVANOV = {"manager_id": "manager_789", "name": "Иван", "surname": "Иванов", "middlename": "Иванович"}


def post(client, address, body):
    return client.post(address, json.dumps(body), content_type="application/json")


def counts(answer):
    assert answer.status_code == 200, answer.content
    body = answer.json()
    return body["created"], body["updated"], body["unchanged"]


def test_offices_are_made_changed_and_left_alone(api):
    assert counts(post(api, OFFICES, {"offices": [CENTRE]})) == (1, 0, 0)
    assert counts(post(api, OFFICES, {"offices": [CENTRE]})) == (0, 0, 1)
    moved = CENTRE | {"managers_ids": ["manager_789"]}
    second = {"office_title": "Север", "office_id": "2", "leader_ids": [], "managers_ids": ["manager_012"]}
    assert counts(post(api, OFFICES, {"offices": [moved, second]})) == (1, 1, 0)
    assert counts(post(api, OFFICES, {"offices": [second | {"office_title": "Юг"}]})) == (0, 1, 0)
    centre, south = Office.objects.get(external_id="office_001"), Office.objects.get(external_id="2")
    assert {one.external_id for one in centre.managers.all()} == {"manager_789"}
    assert {one.external_id for one in centre.leaders.all()} == {"leader_123", "leader_456"}
    assert (south.title, south.managers.get().external_id) == ("Юг", "manager_012")
    assert south.history.count() == 2


def test_people_known_by_id_alone_get_their_names_later(api):
    post(api, OFFICES, {"offices": [CENTRE]})
    assert SalesManager.objects.count() == 4
    assert counts(post(api, MANAGERS, {"managers": [IVANOV, {"manager_id": "new"}]})) == (1, 1, 0)
    assert counts(post(api, MANAGERS, {"managers": [IVANOV]})) == (0, 0, 1)
    assert counts(post(api, MANAGERS, {"managers": [{"manager_id": "manager_789", "name": "Пётр"}]})) == (
        0,
        1,
        0,
    )
    assert str(SalesManager.objects.get(external_id="manager_789")) == "Иванов Пётр Иванович"
    assert SalesManager.objects.count() == 5


@pytest.mark.parametrize(
    ("address", "body", "path"),
    [
        (OFFICES, {}, "offices"),
        (OFFICES, [], ""),
        (OFFICES, {"offices": "x"}, "offices"),
        (OFFICES, {"offices": [1]}, "offices.0"),
        (OFFICES, {"offices": [CENTRE, {"office_id": "2"}]}, "offices.1.office_title"),
        (OFFICES, {"offices": [CENTRE | {"leader_ids": "leader"}]}, "offices.0.leader_ids"),
        (OFFICES, {"offices": [CENTRE | {"managers_ids": ["a", {"b": 1}]}]}, "offices.0.managers_ids.1"),
        (OFFICES, {"offices": [{"office_id": str(n), "office_title": "x"} for n in range(5001)]}, "offices"),
        (MANAGERS, {"managers": [{"name": "Иван"}]}, "managers.0.manager_id"),
        (MANAGERS, {"managers": [IVANOV | {"surname": "x" * 151}]}, "managers.0.surname"),
        (MANAGERS, {"managers": [{"manager_id": "x"}] * 50_001}, "managers"),
    ],
)
def test_a_wrong_shape_is_named_by_its_path_and_nothing_is_changed(address, body, path, api):
    answer = post(api, address, body)
    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == [path]
    assert not Office.objects.exists()
    assert not SalesManager.objects.exists()


def test_the_queries_do_not_grow_with_the_structure(api, django_assert_max_num_queries):
    many = [
        {"office_id": f"o{n}", "office_title": "x", "managers_ids": [f"m{n}", "all"], "leader_ids": ["l"]}
        for n in range(300)
    ]
    with django_assert_max_num_queries(40):
        assert counts(post(api, OFFICES, {"offices": many})) == (300, 0, 0)


def test_the_same_ids_of_another_organisation_are_others(api, tenant_b):
    foreign = Client(headers={"X-API-Key": issue_key(tenant=tenant_b, name="B", user=None)[1]})
    post(foreign, OFFICES, {"offices": [CENTRE | {"office_title": "B"}]})
    assert counts(post(api, OFFICES, {"offices": [CENTRE]})) == (1, 0, 0)
    assert Office.objects.get(tenant=tenant_b).title == "B"


def test_no_table_is_known_yet_and_every_request_is_in_the_journal(api, key):
    assert api.get("/api/v1/tables/call-ready?tab=TBL_1&call=c1").status_code == 404
    noted = ApiRequest.objects.get()
    assert (noted.route, noted.status, noted.code, noted.call_id, noted.key_name) == (
        "GET /tables/call-ready",
        404,
        "not_found",
        "c1",
        "CRM",
    )
    assert Client().get("/api/v1/tables/call-ready?tab=TBL_1&call=c1").status_code == 401
    assert Client().get(f"/api/v1/tables/call-ready?apiKey={key}x").status_code == 401


@pytest.mark.parametrize("place", ["query", "header", "bearer"])
def test_the_key_is_taken_in_three_places_and_written_down_in_none(place, key, caplog, capsys):
    caplog.set_level("DEBUG")
    headers = {"header": {"X-API-Key": key}, "bearer": {"Authorization": f"Bearer {key}"}}.get(place, {})
    query = f"?apiKey={key}" if place == "query" else ""
    assert Client(headers=headers).get(f"/api/v1/calls/none{query}").status_code == 404
    told = capsys.readouterr()
    assert key not in caplog.text + told.out + told.err

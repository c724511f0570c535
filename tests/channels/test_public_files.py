"""Files that a service fetches by an address of ours."""

from urllib.parse import urlsplit

import pytest
import time_machine
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client

from apps.channels.contract import MediaKind, OutgoingFile
from apps.channels.public_files import LIFETIME, public_url


@pytest.fixture
def file() -> OutgoingFile:
    path = default_storage.save("tenants/1/messages/1/фото.jpg", ContentFile(b"jpeg"))
    return OutgoingFile(kind=MediaKind.IMAGE, name="фото.jpg", content_type="image/jpeg", size=4, path=path)


def test_the_address_leads_to_the_file_and_runs_nothing(client: Client, file: OutgoingFile) -> None:
    answer = client.get(urlsplit(public_url(file)).path)
    assert b"".join(answer) == b"jpeg"
    assert answer["Content-Type"] == "image/jpeg"
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_it_ends_within_the_hour(client: Client, file: OutgoingFile) -> None:
    with time_machine.travel(0, tick=False) as clock:
        path = urlsplit(public_url(file)).path
        clock.shift(LIFETIME + 1)
        assert client.get(path).status_code == 404


def test_no_other_file_is_had_by_it(client: Client, file: OutgoingFile) -> None:
    path = urlsplit(public_url(file)).path
    for changed in (path[:-1], path[:10] + "x" + path[11:], "/files/x", "/files/tenants%2F1"):
        assert client.get(changed).status_code == 404


def test_a_file_that_is_gone_is_not_found(client: Client, file: OutgoingFile) -> None:
    path = urlsplit(public_url(file)).path
    default_storage.delete(file.path)
    assert client.get(path).status_code == 404

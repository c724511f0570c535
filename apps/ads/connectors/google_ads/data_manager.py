"""Google's Data Manager API: a list, and requests of up to ten thousand people, each waited for.

https://developers.google.com/data-manager/api/reference/rest/v1/audienceMembers/ingest
"""

from collections.abc import Mapping
from itertools import groupby
from operator import attrgetter
from typing import Any

from apps.ads.connectors._shared import UPLOAD_SECONDS, pause_before, piece
from apps.ads.connectors.google_ads.access import PEOPLE, gone, identifiers, through
from apps.ads.connectors.google_ads.refusing import of_members, of_status
from apps.ads.connectors.google_ads.spec import Config
from apps.ads.contract import (
    BEGIN,
    DONE,
    Algorithm,
    Batch,
    Kind,
    NotProcessed,
    Refusals,
    SegmentGone,
    Step,
    Task,
    Terms,
)
from apps.core.errors import OutcomeUnknown, OutsideError, Rejected
from apps.core.http import Answer, Http
from apps.integrations.contract import Account
from apps.integrations.opening import Opened
from apps.integrations.shapes import as_object, word, wrong_address

# https://developers.google.com/data-manager/api/devguides/concepts/formatting
TERMS = Terms(shape="data_manager", algorithm=Algorithm.SHA256, plus=True, minimum=100, takes_difference=True)
NAMES: Mapping[str, str] = {Kind.EMAIL: "emailAddress", Kind.PHONE: "phoneNumber"}
# 540 days, the longest.
LIFE = f"{540 * 24 * 3600}s"


def check(opened: Opened[Config]) -> Account:
    config = opened.config
    through(opened, config.manager_url, lambda http: _lists(http, config))
    return Account(name=f"Google Ads {config.customer_id}", api_shape="data_manager")


def step(opened: Opened[Config], task: Task) -> Step:
    config = opened.config
    stage, _is, how = task.stage.partition(":")
    return through(opened, config.manager_url, lambda http: _STAGES[stage](http, config, task, how))


def _begin(http: Http, config: Config, task: Task, how: str) -> Step:
    """The list may have been deleted there: requests would only fail for it."""
    if not task.remote:
        return Step(stage="create")
    if task.remote["list"] not in {_id_of(row) for row in _lists(http, config)}:
        raise SegmentGone
    return Step(stage="send:ingest")


def _create(http: Http, config: Config, task: Task, how: str) -> Step:
    """A list of this name, made unheard or by another API, is ours."""
    rows = _lists(http, config)
    found = next((_id_of(row) for row in rows if row.get("displayName") == task.name), "")
    if not found:
        body = {
            "displayName": task.name,
            "membershipDuration": LIFE,
            "ingestedUserListInfo": {
                "uploadKeyTypes": ["CONTACT_ID"],
                "contactIdInfo": {"dataSourceType": "DATA_SOURCE_TYPE_FIRST_PARTY"},
            },
        }
        found = _id_of(as_object(http.post(_path(config), json=body), repeatable=False))
    if not found:
        raise OutcomeUnknown(code="no_list_id")
    return Step(stage="send:ingest", remote={"list": found})


def _send(http: Http, config: Config, task: Task, how: str) -> Step:
    """A repeat changes nothing: whoever is put in twice is in once. Where Google takes nobody because of
    some, the others go with the next request.
    """
    batch = task.additions(PEOPLE, None) if how == "ingest" else task.removals(PEOPLE, None)
    if not batch.ids:
        return Step(stage=f"wait:{how}", data=task.data)

    def meaning(answer: Answer) -> OutsideError | None:
        return None if of_members(answer, batch).refused else gone(answer)

    answer = http.post(
        f"v1/audienceMembers:{how}",
        json=_body(config, task, how, batch),
        classify=meaning,
        accept=(400,),
        idempotent=True,
        deadline=UPLOAD_SECONDS,
    )
    if answer.status == 400:
        if not (refusals := of_members(answer, batch)).refused:
            raise Rejected
        return Step(stage=task.stage, data=task.data, refusals=refusals)
    if not (found := word(as_object(answer).get("requestId"), limit=200)):
        raise wrong_address()
    requests = [*task.data.get("requests", []), {"id": found, "lines": _runs(batch.ids)}]
    added, removed = (batch.ids, ()) if how == "ingest" else ((), batch.ids)
    return Step(stage=task.stage, data={"requests": requests}, added=added, removed=removed)


def _wait(http: Http, config: Config, task: Task, how: str) -> Step:
    """One request after the other."""
    following = "send:remove" if how == "ingest" else DONE
    requests = task.data.get("requests", [])
    if not requests:
        return Step(stage=following)
    answer = as_object(http.get("v1/requestStatus:retrieve", params={"requestId": requests[0]["id"]}))
    rows = [row for row in answer.get("requestStatusPerDestination") or () if isinstance(row, dict)]
    told = {word(row.get("requestStatus")) for row in rows}
    if "FAILED" in told or not told:
        raise NotProcessed
    if told <= {"SUCCESS", "PARTIAL_SUCCESS"}:
        ids = (pk for first, last in requests[0]["lines"] for pk in range(first, last + 1))
        refusals = of_status(rows, ids) if "PARTIAL_SUCCESS" in told else Refusals()
        return Step(stage=task.stage, data={"requests": requests[1:]}, refusals=refusals)
    looks = int(task.data.get("looks", 0))
    data = {"requests": requests, "looks": looks + 1}
    return Step(stage=task.stage, data=data, wait=pause_before(looks))


def _runs(ids: tuple[int, ...]) -> list[list[int]]:
    """First and last of those that follow on one another: rows are made in the order in which they go."""
    runs: list[list[int]] = []
    for pk in sorted(ids):
        if runs and runs[-1][1] == pk - 1:
            runs[-1][1] = pk
        else:
            runs.append([pk, pk])
    return runs


_STAGES = {BEGIN: _begin, "create": _create, "send": _send, "wait": _wait}


def _body(config: Config, task: Task, how: str, batch: Batch) -> dict[str, Any]:
    account = {"accountType": "GOOGLE_ADS", "accountId": config.customer_id}
    destination: dict[str, Any] = {"operatingAccount": account, "productDestinationId": task.remote["list"]}
    if config.login_customer_id:
        destination["loginAccount"] = {**account, "accountId": config.login_customer_id}
    members = [
        {"userData": {"userIdentifiers": identifiers(list(theirs), NAMES)}}
        for _person, theirs in groupby(batch.lines, key=attrgetter("person"))
    ]
    body: dict[str, Any] = {"destinations": [destination], "audienceMembers": members, "encoding": "HEX"}
    if how == "ingest":
        body["termsOfService"] = {"customerMatchTermsOfServiceStatus": "ACCEPTED"}
        if consent := config.consent("CONSENT_GRANTED", "CONSENT_DENIED"):
            body["consent"] = consent
    return body


def _lists(http: Http, config: Config) -> list[dict[str, Any]]:
    """An account without any answers with an empty object."""
    body = as_object(http.get(_path(config)))
    rows = body.get("userLists", [])
    if not isinstance(rows, list) or body.keys() - {"userLists", "nextPageToken"}:
        raise wrong_address()
    return [row for row in rows if isinstance(row, dict)]


def _id_of(row: dict[str, Any]) -> str:
    return word(row.get("id") or row.get("name"), limit=200).rpartition("/")[2]


def _path(config: Config) -> str:
    return f"v1/accountTypes/GOOGLE_ADS/accounts/{piece(config.customer_id)}/userLists"

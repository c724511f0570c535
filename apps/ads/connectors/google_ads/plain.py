"""Google Ads as the customer's document has it (v14): a list, and jobs that carry their people.

It asks nobody for lists: one that was made unheard is made again, and nobody is in the first.
"""

from collections.abc import Mapping
from itertools import groupby
from operator import attrgetter
from typing import Any

from apps.ads.connectors._shared import UPLOAD_SECONDS, piece
from apps.ads.connectors.google_ads.access import PEOPLE, gone, identifiers, through
from apps.ads.connectors.google_ads.refusing import of_operations
from apps.ads.connectors.google_ads.spec import Config
from apps.ads.contract import BEGIN, DONE, Algorithm, Batch, Kind, Refusals, Step, Task, Terms
from apps.core.errors import OutcomeUnknown, OutsideError
from apps.core.http import Answer, Http
from apps.integrations.contract import Account
from apps.integrations.opening import Opened
from apps.integrations.shapes import as_object, word, wrong_address

TERMS = Terms(shape="spec", algorithm=Algorithm.SHA256, plus=True, takes_difference=True)
NAMES: Mapping[str, str] = {Kind.EMAIL: "hashedEmail", Kind.PHONE: "hashedPhoneNumber"}
VERSION, LIFE_DAYS = "v14", 540
NOT_THERE = (404, 405, 501)


def check(opened: Opened[Config]) -> Account:
    config = opened.config
    path = f"{_customer(config)}/userLists"
    through(opened, config.base_url, lambda http: http.get(path, classify=_unlisted, accept=NOT_THERE))
    return Account(name=f"Google Ads {config.customer_id}", api_shape="spec")


def _unlisted(answer: Answer) -> OutsideError | None:
    """The service's own word that it lists none; a page of another site is no such word."""
    is_told = isinstance(answer.json, dict)
    if answer.status == 200:
        is_told = is_told and "userLists" in answer.json
    return wrong_address() if answer.status in (200, *NOT_THERE) and not is_told else None


def step(opened: Opened[Config], task: Task) -> Step:
    config = opened.config
    return through(opened, config.base_url, lambda http: _STAGES[task.stage](http, config, task))


def _begin(http: Http, config: Config, task: Task) -> Step:
    return Step(stage="add" if task.remote else "create")


def _create(http: Http, config: Config, task: Task) -> Step:
    body = {
        "userList": {
            "name": task.name,
            "membershipLifeSpan": LIFE_DAYS,
            "crmBasedUserList": {"uploadKeyType": "CONTACT_INFO", "dataSourceType": "FIRST_PARTY"},
        }
    }
    made = as_object(http.post(f"{_customer(config)}/userLists", json=body), repeatable=False)
    inner: Any = made.get("userList") if isinstance(made.get("userList"), dict) else made
    named = inner.get("resourceName") or made.get("resourceName") or inner.get("id") or made.get("id")
    found = word(named, limit=200).rpartition("/")[2]
    if not found:
        raise OutcomeUnknown(code="no_list_id")
    return Step(stage="add", remote={"list": found})


def _add(http: Http, config: Config, task: Task) -> Step:
    batch = task.additions(PEOPLE, None)
    if not batch.ids:
        return Step(stage="remove")
    refusals = _job(http, config, task, "create", batch)
    return Step(stage="add", added=batch.ids, refusals=refusals)


def _remove(http: Http, config: Config, task: Task) -> Step:
    batch = task.removals(PEOPLE, None)
    if not batch.ids:
        return Step(stage=DONE)
    refusals = _job(http, config, task, "remove", batch)
    return Step(stage="remove", removed=batch.ids, refusals=refusals)


_STAGES = {BEGIN: _begin, "create": _create, "add": _add, "remove": _remove}


def _job(http: Http, config: Config, task: Task, how: str, batch: Batch) -> Refusals:
    """A repeat changes nothing: whoever is put in twice is in once."""
    customer = f"customers/{config.customer_id}"
    job = {
        "type": "CUSTOMER_MATCH_USER_LIST",
        "customerMatchUserListMetadata": {"userList": f"{customer}/userLists/{task.remote['list']}"},
        "operations": operations(how, batch),
    }
    answer = http.post(
        f"{_customer(config)}/offlineUserDataJobs",
        json={"job": job},
        classify=gone,
        idempotent=True,
        deadline=UPLOAD_SECONDS,
    )
    return of_operations(as_object(answer), batch)


def operations(how: str, batch: Batch) -> list[dict[str, Any]]:
    """One for each person."""
    return [
        {how: {"userIdentifiers": identifiers(list(theirs), NAMES)}}
        for _person, theirs in groupby(batch.lines, key=attrgetter("person"))
    ]


def _customer(config: Config) -> str:
    return f"{config.api_version or VERSION}/customers/{piece(config.customer_id)}"

"""Google Ads API: a list, then a job for those who come and one for those who leave: made, filled, run.

https://developers.google.com/google-ads/api/docs/remarketing/audience-segments/customer-match/get-started.
A job that was made and never run is nothing.
"""

from typing import Any

from apps.ads.connectors._shared import UPLOAD_SECONDS, pause_before, piece
from apps.ads.connectors.google_ads.access import PEOPLE, gone, through
from apps.ads.connectors.google_ads.plain import operations
from apps.ads.connectors.google_ads.refusing import of_operations
from apps.ads.connectors.google_ads.spec import Config
from apps.ads.contract import BEGIN, DONE, Algorithm, Batch, NotProcessed, SegmentGone, Step, Task, Terms
from apps.core.errors import OutcomeUnknown
from apps.core.http import Http
from apps.integrations.contract import Account
from apps.integrations.opening import Opened
from apps.integrations.shapes import as_object, word, wrong_address

TERMS = Terms(shape="ads_api", algorithm=Algorithm.SHA256, plus=True, minimum=100, takes_difference=True)
VERSION, LIFE_DAYS = "v26", 540
RUNNING = ("PENDING", "RUNNING")


def check(opened: Opened[Config]) -> Account:
    config = opened.config
    query = "SELECT customer.descriptive_name FROM customer LIMIT 1"
    rows = through(opened, config.base_url, lambda http: _search(http, config, query))
    named = word(_in(rows, "customer", "descriptiveName"), limit=100)
    return Account(name=named or f"Google Ads {config.customer_id}", api_shape="ads_api")


def step(opened: Opened[Config], task: Task) -> Step:
    config = opened.config
    stage, _is, how = task.stage.partition(":")
    return through(opened, config.base_url, lambda http: _STAGES[stage](http, config, task, how))


def _begin(http: Http, config: Config, task: Task, how: str) -> Step:
    """The list may have been deleted there: jobs would only fail for it."""
    if not task.remote:
        return Step(stage="create")
    if not _search(http, config, _rows_of("user_list", "resource_name", str(task.remote["list"]))):
        raise SegmentGone
    return Step(stage="job:create")


def _create(http: Http, config: Config, task: Task, how: str) -> Step:
    """A name is used once in an account: a list that was made unheard, or by another API, is ours."""
    rows = _search(http, config, _rows_of("user_list", "name", task.name))
    found = word(_in(rows, "userList", "resourceName"), limit=200)
    if not found:
        made = {
            "name": task.name,
            "membershipLifeSpan": LIFE_DAYS,
            "crmBasedUserList": {"uploadKeyType": "CONTACT_INFO", "dataSourceType": "FIRST_PARTY"},
        }
        answer = http.post(f"{_customer(config)}/userLists:mutate", json={"operations": [{"create": made}]})
        made_there = as_object(answer, repeatable=False).get("results")
        first = made_there[0] if isinstance(made_there, list) and made_there else {}
        found = word(first.get("resourceName"), limit=200) if isinstance(first, dict) else ""
    if not found:
        raise OutcomeUnknown(code="no_list_id")
    return Step(stage="job:create", remote={"list": found})


def _job(http: Http, config: Config, task: Task, how: str) -> Step:
    if not _waiting(task, how, 1).ids:
        return Step(stage=_after(how))
    metadata: dict[str, Any] = {"userList": task.remote["list"]}
    if consent := config.consent("GRANTED", "DENIED"):
        metadata["consent"] = consent
    job = {"type": "CUSTOMER_MATCH_USER_LIST", "customerMatchUserListMetadata": metadata}
    answer = http.post(f"{_customer(config)}/offlineUserDataJobs:create", json={"job": job}, idempotent=True)
    found = word(as_object(answer).get("resourceName"), limit=200)
    if not found:
        raise wrong_address()
    return Step(stage=f"fill:{how}", data={"job": found})


def _fill(http: Http, config: Config, task: Task, how: str) -> Step:
    """A repeat puts the same people into the job again, who are in it once."""
    batch = _waiting(task, how, PEOPLE)
    if not batch.ids:
        return Step(stage=f"run:{how}", data=task.data)
    body = {"operations": operations(how, batch), "enablePartialFailure": True}
    path = f"{_version(config)}/{task.data['job']}:addOperations"
    answer = as_object(http.post(path, json=body, classify=gone, idempotent=True, deadline=UPLOAD_SECONDS))
    added, removed = (batch.ids, ()) if how == "create" else ((), batch.ids)
    refusals = of_operations(answer, batch)
    return Step(stage=task.stage, data=task.data, added=added, removed=removed, refusals=refusals)


def _run(http: Http, config: Config, task: Task, how: str) -> Step:
    """It runs once: a repeat looks first whether it does already."""
    if not task.again or _status(http, config, task) == "PENDING":
        http.post(f"{_version(config)}/{task.data['job']}:run", json={}, classify=gone, accept=(400,))
    return Step(stage=f"wait:{how}", data=task.data)


def _wait(http: Http, config: Config, task: Task, how: str) -> Step:
    status = _status(http, config, task)
    if status == "SUCCESS":
        return Step(stage=_after(how))
    if status not in RUNNING:
        raise NotProcessed
    looks = int(task.data.get("looks", 0))
    return Step(stage=task.stage, data={**task.data, "looks": looks + 1}, wait=pause_before(looks))


_STAGES = {BEGIN: _begin, "create": _create, "job": _job, "fill": _fill, "run": _run, "wait": _wait}


def _after(how: str) -> str:
    return "job:remove" if how == "create" else DONE


def _waiting(task: Task, how: str, people: int) -> Batch:
    return task.additions(people, None) if how == "create" else task.removals(people, None)


def _status(http: Http, config: Config, task: Task) -> str:
    query = _rows_of("offline_user_data_job", "resource_name", task.data["job"], what="status")
    return word(_in(_search(http, config, query), "offlineUserDataJob", "status"))


def _rows_of(resource: str, field: str, value: str, *, what: str = "resource_name") -> str:
    """In Google's own query language. https://developers.google.com/google-ads/api/docs/query/grammar"""
    quoted = value.replace("\\", "\\\\").replace("'", "\\'")
    return " ".join(
        ("SELECT", f"{resource}.{what}", "FROM", resource, "WHERE", f"{resource}.{field}", "=", f"'{quoted}'")
    )


def _search(http: Http, config: Config, query: str) -> list[Any]:
    answer = http.post(f"{_customer(config)}/googleAds:search", json={"query": query}, idempotent=True)
    body = as_object(answer)
    rows = body.get("results", [])
    if not isinstance(rows, list) or not body.keys() & {"results", "fieldMask"}:
        raise wrong_address()
    return rows


def _in(rows: list[Any], what: str, name: str) -> Any:
    found = rows[0].get(what) if rows and isinstance(rows[0], dict) else None
    return found.get(name) if isinstance(found, dict) else None


def _version(config: Config) -> str:
    return config.api_version or VERSION


def _customer(config: Config) -> str:
    return f"{_version(config)}/customers/{piece(config.customer_id)}"

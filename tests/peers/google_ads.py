"""Google three times: as the customer's document has it, the Ads API and the Data Manager API. Strict:
what it would refuse is a complaint. https://developers.google.com/data-manager/api/reference/rest
"""

import re
from typing import Any

from tests.peers.server import Peer, Received, Reply

TOKEN, CUSTOMER = "ya29.made-up-token", "1234567890"
HASH = re.compile(r"[0-9a-f]{64}")


class GooglePeer(Peer):
    """What the three have in common. `lists` by id: a name and its `people`, as sets of identifiers."""

    def __init__(self) -> None:
        super().__init__()
        self.token = TOKEN
        self.lists: dict[str, dict[str, Any]] = {}
        self.seen_consent: list[Any] = []
        # Hashes that it finds wrong: whoever has one is not taken, with nothing of theirs.
        self.wrong: set[str] = set()
        for other in (SPEC_LISTS, SEARCH, DM_LISTS):
            # Another of the three may live there, and is asked for.
            self.route(other, lambda _request: Reply(status=404, body="<html>not found</html>"))

    def serve(self, route: str, handler: Any) -> None:
        def check(request: Received) -> Reply:
            if request.headers["Authorization"] != f"Bearer {self.token}":
                return Reply(status=401, json={"error": {"code": 401, "status": "UNAUTHENTICATED"}})
            self.expect("developer-token" not in request.headers, "a developer token")
            reply: Reply = handler(request)
            return reply

        self.route(route, check)

    def make(self, name: str) -> str:
        found = str(500 + len(self.lists))
        self.lists[found] = {"name": name, "people": set()}
        return found

    def change(self, found: str, how: str, people: list[list[dict[str, str]]], names: set[str]) -> None:
        for identifiers in people:
            self.expect(identifiers, "a person without identifiers")
            for one in identifiers:
                self.expect(len(one) == 1 and one.keys() <= names, f"an identifier {one}")
                (value,) = one.values()
                self.expect(HASH.fullmatch(value), f"no SHA-256: {value!r}")
                held = self.lists[found]["people"]
                held.discard(value) if how == "remove" else held.add(value)

    def is_wrong(self, identifiers: list[dict[str, str]]) -> bool:
        return any(value in self.wrong for one in identifiers for value in one.values())

    def partial_failure(self, operations: list[dict[str, Any]]) -> dict[str, Any]:
        """https://developers.google.com/google-ads/api/docs/best-practices/partial-failures"""
        errors = [
            {
                "errorCode": {"offlineUserDataJobError": "INVALID_SHA256_FORMAT"},
                "message": "The SHA256 encoded value is malformed.",
                "location": {
                    "fieldPathElements": [
                        {"fieldName": "operations", "index": place},
                        {"fieldName": next(iter(one))},
                        {"fieldName": "user_identifiers", "index": 0},
                    ]
                },
            }
            for place, one in enumerate(operations)
            if self.is_wrong(next(iter(one.values()))["userIdentifiers"])
        ]
        kind = "type.googleapis.com/google.ads.googleads.v26.errors.GoogleAdsFailure"
        details = [{"@type": kind, "errors": errors}]
        return {"partialFailureError": {"code": 3, "message": "...", "details": details}} if errors else {}

    def instead_once(self, route: str, reply: Reply) -> None:
        """The next request of this route is done, and answered otherwise."""
        usual = self._routes[route]

        def once(request: Received) -> Reply:
            assert usual is not None
            self.route(route, usual)
            usual(request)
            return reply

        self.route(route, once)


SPEC_LISTS, SPEC_CREATE, SPEC_JOB = (
    f"GET /v14/customers/{CUSTOMER}/userLists",
    f"POST /v14/customers/{CUSTOMER}/userLists",
    f"POST /v14/customers/{CUSTOMER}/offlineUserDataJobs",
)
KEYS = {"hashedEmail", "hashedPhoneNumber"}


class GoogleSpecPeer(GooglePeer):
    """The document's shape."""

    def __init__(self) -> None:
        super().__init__()
        self.serve(SPEC_LISTS, lambda _request: Reply(status=404, json={"error": {"code": 404}}))
        self.serve(SPEC_CREATE, self._create)
        self.serve(SPEC_JOB, self._job)

    def _create(self, request: Received) -> Reply:
        self.expect(request.json.keys() == {"userList"}, f"creates {request.json.keys()}")
        user_list = request.json["userList"]
        self.expect(
            user_list.keys() == {"name", "membershipLifeSpan", "crmBasedUserList"}, f"{user_list.keys()}"
        )
        wanted = {"uploadKeyType": "CONTACT_INFO", "dataSourceType": "FIRST_PARTY"}
        self.expect(user_list["crmBasedUserList"] == wanted, f"{user_list['crmBasedUserList']}")
        found = self.make(user_list["name"])
        return Reply(json={"resourceName": f"customers/{CUSTOMER}/userLists/{found}"})

    def _job(self, request: Received) -> Reply:
        job = request.json["job"]
        self.expect(
            job.keys() == {"type", "customerMatchUserListMetadata", "operations"}, f"a job has {job.keys()}"
        )
        found = job["customerMatchUserListMetadata"]["userList"].rpartition("/")[2]
        if found not in self.lists:
            return Reply(status=404, json={"error": {"code": 404, "status": "NOT_FOUND"}})
        for operation in job["operations"]:
            ((how, of),) = operation.items()
            if not self.is_wrong(of["userIdentifiers"]):
                self.change(found, how, [of["userIdentifiers"]], KEYS)
        made = {"resourceName": f"customers/{CUSTOMER}/offlineUserDataJobs/1"}
        return Reply(json=made | self.partial_failure(job["operations"]))


OWN = f"/v26/customers/{CUSTOMER}"
SEARCH, MUTATE = f"POST {OWN}/googleAds:search", f"POST {OWN}/userLists:mutate"
MAKE_JOB = f"POST {OWN}/offlineUserDataJobs:create"
FILL = f"POST {OWN}/offlineUserDataJobs/{{job}}:addOperations"
RUN = f"POST {OWN}/offlineUserDataJobs/{{job}}:run"


class GoogleAdsPeer(GooglePeer):
    """The Ads API. A job is worked on for `looks` looks at it; `jobs` by id."""

    def __init__(self, *, looks: int = 0) -> None:
        super().__init__()
        self.looks = looks
        self.jobs: dict[str, dict[str, Any]] = {}
        for route, handler in (
            (SEARCH, self._search),
            (MUTATE, self._mutate),
            (MAKE_JOB, self._make_job),
            (FILL, self._fill),
            (RUN, self._run),
        ):
            self.serve(route, handler)

    def _search(self, request: Received) -> Reply:
        query = request.json["query"]
        value = (re.findall(r"= '(.*)'$", query) or [""])[0]
        rows: list[Any] = []
        if "FROM customer" in query:
            rows = [{"customer": {"descriptiveName": "Мастерская"}}]
        elif "FROM user_list" in query:
            rows = [
                {"userList": {"resourceName": self._name(pk)}}
                for pk, one in self.lists.items()
                if value in (one["name"], self._name(pk))
            ]
        else:
            job = self.jobs[value.rpartition("/")[2]]
            job["looks"] -= job["status"] == "RUNNING"
            if job["status"] == "RUNNING" and job["looks"] < 0:
                job["status"] = "SUCCESS"
                self.change(job["list"], job["how"], job["people"], KEYS)
            rows = [{"offlineUserDataJob": {"status": job["status"]}}]
        return Reply(json={"results": rows, "fieldMask": "x"})

    def _name(self, pk: str) -> str:
        return f"customers/{CUSTOMER}/userLists/{pk}"

    def _mutate(self, request: Received) -> Reply:
        ((operation),) = request.json["operations"]
        made = operation["create"]
        self.expect(made.keys() == {"name", "membershipLifeSpan", "crmBasedUserList"}, f"{made.keys()}")
        return Reply(json={"results": [{"resourceName": self._name(self.make(made["name"]))}]})

    def _make_job(self, request: Received) -> Reply:
        job = request.json["job"]
        self.expect(job.keys() == {"type", "customerMatchUserListMetadata"}, f"a job has {job.keys()}")
        metadata = job["customerMatchUserListMetadata"]
        self.seen_consent.append(metadata.get("consent"))
        found = metadata["userList"].rpartition("/")[2]
        pk = str(9000 + len(self.jobs))
        self.jobs[pk] = {"list": found, "status": "PENDING", "people": [], "how": "", "looks": self.looks}
        return Reply(json={"resourceName": f"customers/{CUSTOMER}/offlineUserDataJobs/{pk}"})

    def _fill(self, request: Received) -> Reply:
        self.expect(request.json.keys() == {"operations", "enablePartialFailure"}, f"{request.json.keys()}")
        job = self.jobs[request.params["job"]]
        for operation in request.json["operations"]:
            ((how, of),) = operation.items()
            self.expect(job["how"] in ("", how), "one job for both ways")
            job["how"] = how
            if not self.is_wrong(of["userIdentifiers"]):
                job["people"].append(of["userIdentifiers"])
        return Reply(json=self.partial_failure(request.json["operations"]))

    def _run(self, request: Received) -> Reply:
        job = self.jobs[request.params["job"]]
        self.expect(job["status"] == "PENDING", f"run while {job['status']}")
        job["status"] = "RUNNING"
        return Reply(json={"name": "operations/1"})


LISTS = f"/v1/accountTypes/GOOGLE_ADS/accounts/{CUSTOMER}/userLists"
DM_LISTS, DM_CREATE = f"GET {LISTS}", f"POST {LISTS}"
INGEST, REMOVE = "POST /v1/audienceMembers:ingest", "POST /v1/audienceMembers:remove"
STATUS = "GET /v1/requestStatus:retrieve"


class DataManagerPeer(GooglePeer):
    """The Data Manager API. A request is worked on for `looks` looks at it. It refuses a request whole in
    which a hash is `wrong`; of hashes that are `late` it says afterwards how many there were.
    """

    def __init__(self, *, looks: int = 0) -> None:
        super().__init__()
        self.looks = looks
        self.waiting: dict[str, int] = {}
        self.late: set[str] = set()
        self.not_taken: dict[str, int] = {}
        self.serve(DM_LISTS, self._list)
        self.serve(DM_CREATE, self._create)
        self.serve(INGEST, lambda request: self._change(request, "ingest"))
        self.serve(REMOVE, lambda request: self._change(request, "remove"))
        self.serve(STATUS, self._status)

    def _list(self, _request: Received) -> Reply:
        rows = [{"id": pk, "displayName": one["name"]} for pk, one in self.lists.items()]
        return Reply(json={"userLists": rows} if rows else {})

    def _create(self, request: Received) -> Reply:
        body = request.json
        self.expect(
            body.keys() == {"displayName", "membershipDuration", "ingestedUserListInfo"}, f"{body.keys()}"
        )
        self.expect(re.fullmatch(r"\d+s", body["membershipDuration"]), "no duration")
        return Reply(json={"id": self.make(body["displayName"]), "displayName": body["displayName"]})

    def _change(self, request: Received, how: str) -> Reply:
        body = request.json
        known = {"destinations", "audienceMembers", "consent", "encoding", "termsOfService"}
        self.expect(body.keys() <= known and body["encoding"] == "HEX", f"sends {body.keys()}")
        self.expect(len(body["audienceMembers"]) <= 10_000, "more than ten thousand")
        ((destination),) = body["destinations"]
        account = {"accountType": "GOOGLE_ADS", "accountId": CUSTOMER}
        self.expect(destination["operatingAccount"] == account, f"{destination}")
        found = destination["productDestinationId"]
        if found not in self.lists:
            return Reply(status=404, json={"error": {"code": 404, "status": "NOT_FOUND"}})
        people = [one["userData"]["userIdentifiers"] for one in body["audienceMembers"]]
        if wrong := [place for place, one in enumerate(people) if self.is_wrong(one)]:
            return self._violations(wrong)
        taken = [one for one in people if not any(value in self.late for of in one for value in of.values())]
        self.change(found, how, taken, {"emailAddress", "phoneNumber"})
        self.seen_consent.append(body.get("consent"))
        pk = f"request-{len(self.waiting)}"
        self.waiting[pk], self.not_taken[pk] = self.looks, len(people) - len(taken)
        return Reply(json={"requestId": pk})

    def _violations(self, places: list[int]) -> Reply:
        """https://developers.google.com/data-manager/api/devguides/concepts/errors"""
        violations = [
            {
                "field": f"audience_members.audience_members[{place}].user_data.user_identifiers[0]",
                "description": "The HEX encoded value is malformed.",
                "reason": "INVALID_HEX_ENCODING",
            }
            for place in places
        ]
        details = [
            {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "INVALID_ARGUMENT"},
            {"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": violations},
        ]
        error = {"code": 400, "status": "INVALID_ARGUMENT", "message": "...", "details": details}
        return Reply(status=400, json={"error": error})

    def _status(self, request: Received) -> Reply:
        (pk,) = request.query["requestId"]
        self.waiting[pk] -= 1
        if self.waiting[pk] >= 0:
            return Reply(json={"requestStatusPerDestination": [{"requestStatus": "PROCESSING"}]})
        row: dict[str, Any] = {"requestStatus": "SUCCESS"}
        if count := self.not_taken[pk]:
            counted = {"reason": "PROCESSING_ERROR_REASON_INVALID_FORMAT", "recordCount": str(count)}
            row = {"requestStatus": "PARTIAL_SUCCESS", "errorInfo": {"errorCounts": [counted]}}
        return Reply(json={"requestStatusPerDestination": [row]})

"""Whose calls the report counts: what its address names, of what the visitor may see."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.utils import timezone

from apps.callanalysis.figures.periods import Span, span_of
from apps.callanalysis.funnels import funnels
from apps.callanalysis.models import Checklist, Office
from apps.callanalysis.seeing import seen_managers, seen_offices
from apps.tenants.addresses import is_id
from apps.tenants.models import Role, Tenant
from apps.tenants.scope import Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """All that may be chosen, by id, as they are called; `within` are the managers of each office."""

    managers: Mapping[int, str]
    offices: Mapping[int, str]
    within: Mapping[int, frozenset[int]]
    checklists: Mapping[int, str]
    funnels: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """None, or empty, where nothing is chosen: then it is everybody whom the visitor may see."""

    tenant: Tenant
    span: Span
    offered: Offered
    office: int | None = None
    manager: int | None = None
    checklist: int | None = None
    funnel: str = ""
    # Of a superuser, whose lists are of all organisations.
    names_tenant: bool = False
    managers: frozenset[int] = field(default_factory=frozenset)

    @property
    def query(self) -> dict[str, str]:
        """As the address has it, but for the days."""
        chosen = {
            "office": self.office, "manager": self.manager, "checklist": self.checklist,
            "funnel": self.funnel, "tenant": self.tenant.pk if self.names_tenant else None,
        }  # fmt: skip
        return {name: str(value) for name, value in chosen.items() if value}

    @property
    def days(self) -> dict[str, str]:
        if self.span.name != "custom":
            return {"period": self.span.name}
        first, last = self.span.first.isoformat(), self.span.last.isoformat()
        return {"period": "custom", "since": first, "until": last}

    @property
    def address(self) -> str:
        return urlencode({**self.days, **self.query})


def choice_of(asked: Mapping[str, str], *, scope: Scope, tenant: Tenant) -> Choice:
    """What is not there, or not this visitor's to see, is as if it had not been named. Five statements."""
    offered = _offered(scope, tenant)
    office = _known(asked.get("office", ""), offered.offices)
    manager = _known(asked.get("manager", ""), offered.managers)
    people = frozenset(offered.managers) if office is None else offered.within[office]
    funnel = asked.get("funnel", "")
    return Choice(
        tenant=tenant,
        span=span_of(asked, now=timezone.now(), zone=ZoneInfo(tenant.timezone)),
        offered=offered,
        office=office,
        manager=manager,
        checklist=_known(asked.get("checklist", ""), offered.checklists),
        funnel=funnel if funnel in offered.funnels else "",
        names_tenant=scope.is_superuser,
        managers=people if manager is None else people & {manager},
    )


def _offered(scope: Scope, tenant: Tenant) -> Offered:
    managers = {one.pk: str(one) for one in seen_managers(scope).filter(tenant=tenant)}
    offices = {one.pk: str(one) for one in seen_offices(scope).filter(tenant=tenant)}
    within: dict[int, set[int]] = {pk: set() for pk in offices}
    belongs = Office.managers.through.objects.filter(office__in=offices).values_list("office", "salesmanager")
    for office, person in belongs:
        if person in managers:
            within[office].add(person)
    checklists = Checklist.objects.filter(tenant=tenant, for_calls=True).values_list("pk", "name")
    return Offered(
        managers=managers,
        offices=offices,
        within={pk: frozenset(people) for pk, people in within.items()},
        checklists=dict(checklists),
        funnels=funnels(tenant),
    )


def _known(value: str, offered: Mapping[int, str]) -> int | None:
    return int(value) if is_id(value) and int(value) in offered else None


def is_alone(scope: Scope) -> bool:
    """Whose report is about themselves: there is nobody to be compared with by name."""
    return not scope.may(Role.ADMIN, Role.HEAD)

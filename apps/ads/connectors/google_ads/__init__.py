"""Google Ads (Customer Match): as the customer's document has it, by the Ads API, by the Data Manager API."""

from functools import partial
from types import ModuleType

from django.views.decorators.debug import sensitive_variables

from apps.ads.connectors.google_ads import ads_api, data_manager, plain
from apps.ads.connectors.google_ads.spec import SPEC, VENDOR_URL, Config
from apps.ads.contract import Step, Task, Terms
from apps.integrations.contract import Account
from apps.integrations.homes import server_of
from apps.integrations.models import Connection
from apps.integrations.opening import Opened, config_of
from apps.integrations.shapes import first_that_answers

__all__ = ["SPEC", "TOKEN_DEPENDS_ON", "Config"]

TOKEN_DEPENDS_ON = ("access_token", "client_id", "client_secret", "refresh_token", "oauth_url")
_SHAPES: dict[str, ModuleType] = {"spec": plain, "ads_api": ads_api, "data_manager": data_manager}


def spoken(connection: Connection) -> str:
    """What was chosen; else what the last successful check found; the document's until one has run."""
    api = str(connection.config.get("api", "auto"))
    return (connection.api_shape or "spec") if api == "auto" else api


@sensitive_variables()
def check(opened: Opened[Config]) -> Account:
    """At Google's own address its newest API is asked first and the document's never: it is long gone."""
    config = opened.config
    if config.api != "auto":
        found: Account = _SHAPES[config.api].check(opened)
        return found
    is_theirs = config.base_url == VENDOR_URL
    order = ("data_manager", "ads_api") if is_theirs else ("spec", "ads_api", "data_manager")
    return first_that_answers({shape: partial(_SHAPES[shape].check, opened) for shape in order})


def home(connection: Connection, shape: str) -> str:
    config: Config = config_of(connection)
    address = config.manager_url if shape == "data_manager" else config.base_url
    return f"{server_of(address)} {config.customer_id}"


def terms(shape: str) -> Terms:
    found: Terms = _SHAPES[shape].TERMS
    return found


def step(opened: Opened[Config], task: Task) -> Step:
    found: Step = _SHAPES[task.shape].step(opened, task)
    return found

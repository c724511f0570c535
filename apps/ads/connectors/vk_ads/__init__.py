"""VK Ads, once myTarget: lists as the customer's document has them, and segments of its own API."""

from collections.abc import Callable
from functools import partial
from types import ModuleType

from django.views.decorators.debug import sensitive_variables

from apps.ads.connectors.vk_ads import own, plain
from apps.ads.connectors.vk_ads.spec import SPEC, VENDOR_URL, Config
from apps.ads.contract import Step, Task, Terms
from apps.integrations.contract import Account
from apps.integrations.homes import server_of
from apps.integrations.models import Connection
from apps.integrations.opening import Opened, config_of
from apps.integrations.shapes import Shape, first_that_answers, shape_of

__all__ = ["SPEC", "TOKEN_DEPENDS_ON", "Config"]

TOKEN_DEPENDS_ON = ("client_id", "client_secret", "base_url")


_SHAPES: dict[str, ModuleType] = {Shape.SPEC: plain, Shape.VENDOR: own}


def spoken(connection: Connection) -> str:
    return shape_of(connection, connection.config.get("api", "auto"))


@sensitive_variables()
def check(opened: Opened[Config]) -> Account:
    """At the service's own address, and with its own keys, its own API is asked first."""
    config = opened.config
    checks: dict[Shape, Callable[[], Account]] = {
        Shape.SPEC: partial(plain.check, opened),
        Shape.VENDOR: partial(own.check, opened),
    }
    if config.api != "auto":
        return checks[Shape(config.api)]()
    is_theirs = config.base_url == VENDOR_URL or config.has_keys
    order = (Shape.VENDOR, Shape.SPEC) if is_theirs else (Shape.SPEC, Shape.VENDOR)
    return first_that_answers({shape: checks[shape] for shape in order})


def home(connection: Connection, shape: str) -> str:
    return server_of(config_of(connection).base_url)


def terms(shape: str) -> Terms:
    found: Terms = _SHAPES[shape].TERMS
    return found


def step(opened: Opened[Config], task: Task) -> Step:
    found: Step = _SHAPES[task.shape].step(opened, task)
    return found

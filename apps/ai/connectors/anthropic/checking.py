"""The check of a connection: the service is asked for the models that the settings name."""

from apps.ai.connectors.anthropic.body import body_of
from apps.ai.connectors.anthropic.capabilities import UNKNOWN, in_force
from apps.ai.connectors.anthropic.client import ask, look_up
from apps.ai.connectors.anthropic.config import VENDOR_URL, Config
from apps.ai.connectors.anthropic.failures import NotTheApi
from apps.ai.connectors.anthropic.notes import notes_on
from apps.ai.connectors.anthropic.reading import read_message
from apps.ai.contract import Ending, Request
from apps.ai.wire import read_object
from apps.core.errors import ConfigInvalid
from apps.integrations.contract import Account
from apps.integrations.opening import Opened


def check(opened: Opened[Config]) -> Account:
    config = opened.config
    account = _model(opened, config.model)
    warnings = [*account.warnings, *notes_on(config.model)]
    if config.reply_model and config.reply_model != config.model:
        reply = _reply_model(opened, config.reply_model)
        warnings += [*reply.warnings, *notes_on(config.reply_model)]
    return Account(name=account.name, warnings=tuple(dict.fromkeys(warnings)), api_shape=account.api_shape)


def _reply_model(opened: Opened[Config], model: str) -> Account:
    try:
        return _model(opened, model)
    except ConfigInvalid as error:
        failure = error
    field = "reply_model" if failure.field == "model" else failure.field
    raise ConfigInvalid(failure.public, code=failure.code, field=field)


def _model(opened: Opened[Config], model: str) -> Account:
    model = in_force(model)
    try:
        received = look_up(opened, model)
    except NotTheApi:
        received = None
    if received is None:
        return _greet(opened, model)
    found = read_object(received.content)
    if not isinstance(found.get("id"), str):
        raise NotTheApi()
    name = found.get("display_name")
    return Account(
        name=name if isinstance(name, str) and name else found["id"], api_shape=received.header_form
    )


def _greet(opened: Opened[Config], model: str) -> Account:
    """A gateway without a page of models is asked for a word instead; the vendor always has that page."""
    if opened.config.base_url == VENDOR_URL:
        raise NotTheApi()
    request = Request(user="ping", max_tokens=16)
    body = body_of(request, model=model, capabilities=UNKNOWN, max_tokens=request.max_tokens)
    received = ask(opened, body)
    answer = read_message(received.content, request=request, model=model)
    if answer.ending is Ending.INVALID:
        raise NotTheApi()
    return Account(name=answer.model, api_shape=received.header_form)

"""One Stripe operation: its address, its parameters, its keys, its work; and common kinds of work."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sandbox.store import Document
from sandbox.stripe_errors import InvalidRequest
from sandbox.stripe_lists import page
from sandbox.stripe_params import Params
from sandbox.stripe_states import CALLED, merge_metadata
from sandbox.stripe_world import World

SECRET = ("sk",)
PUBLISHABLE = ("pk",)
BOTH = ("sk", "pk")


@dataclass
class Call:
    """One request on its way to a handler; `client` is the caller's address and program."""

    world: World
    params: Params
    ids: dict[str, str]
    publishable: bool
    url: str
    client: Document = field(default_factory=dict)

    @property
    def id(self) -> str:
        """Give the id in the address."""
        return self.ids["object_id"]


Handler = Callable[[Call], Document]


@dataclass(frozen=True, eq=False)
class Route:
    """One operation."""

    method: str
    path: str
    table: str
    handler: Handler
    keys: tuple[str, ...] = SECRET


def retrieve(kind: str) -> Handler:
    """Make the handler that shows one object."""
    return lambda call: call.world.get(kind, call.id)


def listed(kind: str) -> Handler:
    """Make the handler that lists a kind."""
    return lambda call: page(call.world, kind, call.params, url=call.url)


def made(work: Callable[[World, Params], Document]) -> Handler:
    """Make the handler that makes a new object."""
    return lambda call: work(call.world, call.params)


def on(kind: str, work: Callable[[World, Document, Params], Document]) -> Handler:
    """Make the handler that does something with one object."""
    return lambda call: work(call.world, call.world.get(kind, call.id), call.params)


def to(kind: str, work: Callable[[World, Document], Document]) -> Handler:
    """Make the handler that does something with one object and takes no parameters."""
    return lambda call: work(call.world, call.world.get(kind, call.id))


def intent_of(kind: str) -> Handler:
    """Make the handler that finds an intent, and holds a publishable key to its client secret."""

    def find(call: Call) -> Document:
        intent = call.world.get(kind, call.id, param="intent")
        secret = call.params.pop("client_secret", None)
        if call.publishable and not secret:
            raise InvalidRequest(
                "Missing required param: client_secret.",
                code="parameter_missing",
                param="client_secret",
            )
        if secret is not None and secret != intent["client_secret"]:
            raise InvalidRequest(
                f"The client_secret provided does not match any associated {CALLED[kind]} on this"
                " account. Ensure the publishable key used belongs to the same account that"
                f" created the {CALLED[kind]}.",
                code=f"{kind}_invalid_parameter",
                param="client_secret",
            )
        return intent

    return find


def confirmed(kind: str, work: Callable[[World, Document, Params], Document]) -> Handler:
    """Make the handler that confirms; a browser always goes on through its own script."""
    find = intent_of(kind)

    def confirm(call: Call) -> Document:
        intent = find(call)
        if call.publishable and not call.params.get("return_url"):
            call.params.setdefault("use_stripe_sdk", True)
        if call.publishable:
            accepted = {"customer_acceptance": {"type": "online", "online": call.client}}
            call.params.setdefault("mandate_data", accepted)
        return work(call.world, intent, call.params)

    return confirm


def describe(world: World, doc: Document, params: Params) -> Document:
    """Change an object's plain fields; metadata is merged."""
    if "metadata" in params:
        merge_metadata(doc, params.pop("metadata"))
    return world.put(doc | params)


def crud(path: str, name: str, kind: str, **update: Any) -> tuple[Route, ...]:
    """Give the list and retrieve routes of a kind, and update where there is a way."""
    one = f"{path}/<object_id>"
    routes = [
        Route("GET", path, f"{name}.list", listed(kind)),
        Route("GET", one, "retrieve", retrieve(kind)),
    ]
    if update:
        routes.append(Route("POST", one, f"{name}.update", on(kind, update["update"])))
    return tuple(routes)

"""PayPal's official client against a sandbox on a real loopback port, every answer checked."""

import base64
import gzip
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import requests
from flask import Flask, request
from jsonschema import Draft202012Validator
from paypalcheckoutsdk.core import PayPalEnvironment, PayPalHttpClient
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012
from werkzeug.serving import make_server

from sandbox import Sandbox, SandboxConfig, create_sandbox

CONTRACTS = Path(__file__).parents[2].parent / "shared" / "contracts" / "paypal"
ORDERS_SPEC = "trim-checkout_orders_v2.json.gz"
PAYMENTS_SPEC = "trim-payments_payment_v2.json.gz"
VAULT_SPEC = "trim-vault_payment_tokens_v3.json.gz"
DISPUTES_SPEC = "trim-customer_disputes_v1.json.gz"
REPORTS_SPEC = "trim-reporting_transactions_v1.json.gz"
ABSENT = f"PayPal's OpenAPI documents are not at {CONTRACTS.name}/"

CLIENT_ID, CLIENT_SECRET = "client-under-test", "secret-under-test"
WEBHOOK_ID = "WHTEST1234567890"
ALL = "return=representation"


@contextmanager
def serving(app: Flask) -> Iterator[str]:
    """Run an app on a free loopback port."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass
class Inbox:
    """A merchant's webhook endpoint: keeps what came."""

    url: str = ""
    came: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    answer: int = 200

    def types(self) -> list[str]:
        return [json.loads(body)["event_type"] for _, body in self.came]


@contextmanager
def inbox() -> Iterator[Inbox]:
    app, box = Flask("inbox"), Inbox()

    @app.post("/hook")
    def hook() -> tuple[str, int]:
        box.came.append((dict(request.headers), request.get_data()))
        return "", box.answer

    with serving(app) as url:
        box.url = f"{url}/hook"
        yield box


@dataclass
class PayPalWorld:
    """A running sandbox and the ways to reach it."""

    url: str
    app: Flask
    world: Sandbox
    box: Inbox
    http: requests.Session

    def client(self) -> PayPalHttpClient:
        api = f"{self.url}/paypal"
        return PayPalHttpClient(PayPalEnvironment(CLIENT_ID, CLIENT_SECRET, api, api))

    def token(self) -> str:
        pair = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        answer = self.http.post(
            f"{self.url}/paypal/v1/oauth2/token",
            headers={"Authorization": f"Basic {pair}"},
            data={"grant_type": "client_credentials"},
        )
        return str(answer.json()["access_token"])

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> requests.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        named = {"Authorization": f"Bearer {self.token()}", **named}
        return self.http.request(method, f"{self.url}/paypal{path}", json=body, headers=named)

    def order(self, body: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
        answer = self.call(
            "POST",
            "/v2/checkout/orders",
            body or order_body(**more),
            Prefer=ALL,
        )
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    def approve(self, order_id: str, funding: str = "balance") -> requests.Response:
        return self.decide(order_id, decision="pay", funding=funding)

    def decide(self, order_id: str, **form: str) -> requests.Response:
        page = f"{self.url}/paypal/checkoutnow?token={order_id}"
        return self.http.post(page, data=form, allow_redirects=False)

    def paid(self, value: str = "25.00", funding: str = "balance", **more: Any) -> dict[str, Any]:
        """Create, approve and capture an order; give back its one capture."""
        order_id = self.order(value=value, **more)["id"]
        self.approve(order_id, funding)
        answer = self.call("POST", f"/v2/checkout/orders/{order_id}/capture", Prefer=ALL)
        assert answer.status_code == 201, answer.text
        capture: dict[str, Any] = answer.json()["purchase_units"][0]["payments"]["captures"][0]
        return capture

    def held(self, value: str = "100.00", funding: str = "balance", **more: Any) -> dict[str, Any]:
        """Create, approve and authorize an order; give back its one authorization."""
        order_id = self.order(value=value, intent="AUTHORIZE", **more)["id"]
        self.approve(order_id, funding)
        answer = self.call("POST", f"/v2/checkout/orders/{order_id}/authorize", Prefer=ALL)
        assert answer.status_code == 201, answer.text
        payments = answer.json()["purchase_units"][0]["payments"]
        held: dict[str, Any] = payments["authorizations"][0]
        return held | {"order_id": order_id}

    def delivered(self) -> list[str]:
        self.world.hooks.deliver_now()
        return self.box.types()


@contextmanager
def paypal_world(db_path: str) -> Iterator[PayPalWorld]:
    with inbox() as box:
        # The port must be known before the app that writes it into links: a first, empty server.
        holder: dict[str, Any] = {}
        with serving(_late(holder)) as url, requests.Session() as http:
            config = SandboxConfig(
                db_path=db_path,
                url=url,
                paypal_client_id=CLIENT_ID,
                paypal_client_secret=CLIENT_SECRET,
                paypal_webhook_url=box.url,
                paypal_webhook_id=WEBHOOK_ID,
            )
            app = holder["app"] = create_sandbox(config)
            world = app.extensions["sandbox"]
            world.hooks.pause()
            yield PayPalWorld(url=url, app=app, world=world, box=box, http=http)


def _late(holder: dict[str, Any]) -> Any:
    def pass_on(environ: Any, start_response: Any) -> Any:
        return holder["app"](environ, start_response)

    return pass_on


def order_body(
    value: str = "25.00",
    currency: str = "EUR",
    *,
    intent: str = "CAPTURE",
    wallet: bool = False,
    **unit: Any,
) -> dict[str, Any]:
    """Make the order of one purchase; with `wallet`, in the form that sends the buyer at once."""
    amount = {"currency_code": currency, "value": value}
    context = {
        "return_url": "https://shop.example/back?order=7",
        "cancel_url": "https://shop.example/cart",
        "user_action": "PAY_NOW",
        "shipping_preference": "NO_SHIPPING",
        "brand_name": "Alma Coffee",
    }
    how = {"application_context": context}
    if wallet:
        how = {"payment_source": {"paypal": {"experience_context": context}}}
    return {"intent": intent, "purchase_units": [{"amount": amount, **unit}], **how}


def issue(answer: requests.Response) -> str:
    """Name the first issue of an error answer."""
    return str(answer.json()["details"][0]["issue"])


@cache
def _document(name: str) -> tuple[Any, Registry[Any]]:
    with gzip.open(CONTRACTS / name) as packed:
        document = json.load(packed)
    resource = Resource(contents=document, specification=DRAFT202012)
    return document, Registry().with_resource("urn:paypal", resource)


def conforms(spec: str, method: str, path: str, status: int, body: Any) -> None:
    """Check an answer's body against the schema of its operation in PayPal's OpenAPI document."""
    document, registry = _document(spec)
    answers = document["paths"][path][method]["responses"]
    assert str(status) in answers, f"{method} {path} does not answer {status}"
    pointer = f"#/paths/{path.replace('~', '~0').replace('/', '~1')}/{method}/responses/{status}"
    schema = {"$ref": f"urn:paypal{pointer}/content/application~1json/schema"}
    Draft202012Validator(schema, registry=registry).validate(body)

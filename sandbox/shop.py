"""The demo shop: shelves, a cart, and a till that is Till (see shop_till.py)."""

import secrets
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, abort, current_app, redirect, render_template, request
from flask import url_for as url
from itsdangerous import BadSignature, URLSafeSerializer
from werkzeug.wrappers import Response as AnyResponse

from sandbox import Sandbox, clock
from sandbox.shop_goods import (
    CURRENCY,
    DISCOUNT,
    PRODUCTS,
    SHIPPING,
    VAT,
    Line,
    discount,
    lines,
    price,
)
from sandbox.shop_people import PEOPLE, Person
from sandbox.shop_till import Checkout, Till, TillAway, TillRefused
from sandbox.shop_words import CLOSED, OPEN, words

blueprint = Blueprint("shop", __name__)

COOKIE = "alma_cart"
ORDER = "shop_order"
SECRET = "shop_secret"
STATIC = Path(__file__).parent / "static"
STATIC_TYPES = {"shop.css": "text/css", "shop.js": "text/javascript"}
NUMBER_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"

Cart = dict[str, Any]

blueprint.add_app_template_filter(price, "shop_price")


def world() -> Sandbox:
    """Find the world this request is in."""
    found: Sandbox = current_app.extensions["sandbox"]
    return found


def till() -> Till:
    """Reach Till with this shop's key."""
    return Till(world().config.shop_api_url, world().config.shop_api_key)


@blueprint.get("/")
def shelves() -> str:
    """Show everything there is."""
    return page("shop_shelves.html", products=PRODUCTS.values())


@blueprint.get("/cart")
def show_cart() -> str:
    """Show what the shopper has chosen."""
    return cart_page()


@blueprint.post("/cart")
def change_cart() -> AnyResponse:
    """Put in, take out, count: one product at a time."""
    cart = read_cart()
    slug = request.form.get("product", "")
    if slug not in PRODUCTS:
        abort(404)
    asked = request.form.get("quantity", "")
    had = cart["lines"].get(slug, 0)
    cart["lines"][slug] = int(asked) if asked.isdecimal() and len(asked) < 4 else had + 1
    cart["lines"] = {line.product.slug: line.quantity for line in lines(cart["lines"])}
    cart["order"] = new_number()
    return keep_cart(cart, redirect(url("shop.show_cart"), 303))


@blueprint.post("/buy")
def buy() -> AnyResponse | tuple[str, int]:
    """Open a checkout at Till and send the shopper there; a second press finds the first one."""
    cart = read_cart()
    chosen = lines(cart["lines"])
    shipping = request.form.get("shipping", "")
    if not chosen or shipping not in SHIPPING:
        return cart_page(problem="Put something in your cart and choose how we send it."), 422
    person = PEOPLE.get(request.form.get("person", ""), PEOPLE["you"])
    try:
        order_id, checkout = checkout_for(cart["order"], chosen, shipping, person)
        if checkout.status in CLOSED:
            cart["order"] = new_number()
            order_id, checkout = checkout_for(cart["order"], chosen, shipping, person)
    except TillAway:
        return page("shop_away.html", what="pay"), 503
    except TillRefused as refusal:
        return page("shop_refused.html", refusal=refusal), 502
    known = url("shop.thanks", order_id=order_id)
    target = checkout.url if checkout.status in OPEN else known
    return keep_cart(cart, redirect(target, 303))


def checkout_for(
    number: str, chosen: list[Line], shipping: str, person: Person
) -> tuple[str, Checkout]:
    """Find the checkout of an order, or open it. The order is written before Till hears of it."""
    as_whom = "" if person.slug == "you" else f"-{person.slug}"
    store, order_id = world().store, f"{number}-{shipping}{as_whom}"
    order = store.get(ORDER, order_id)
    if order and order["checkout"]:
        return order_id, till().checkout(order["checkout"])
    if order is None:
        order = {"id": order_id, "number": number, "at": clock.now().isoformat(), "checkout": ""}
        order["asks"] = asks(order, chosen, shipping) | tells(person)
        store.put(ORDER, order_id, order)
    checkout = till().open_checkout(order["asks"], once=order_id)
    store.put(ORDER, order_id, order | {"checkout": checkout.id})
    return order_id, checkout


def asks(order: dict[str, Any], chosen: list[Line], shipping: str) -> dict[str, Any]:
    """Say to Till what is sold. Prices come from our shelf, never from the browser."""
    home = world().config.url
    others = [way for way in SHIPPING.values() if way.id != shipping]
    body: dict[str, Any] = {
        "currency": CURRENCY,
        "line_items": [
            {
                "name": line.product.name,
                "quantity": line.quantity,
                "unit_amount": line.product.price,
                "image": f"{home}{url('shop.picture', slug=line.product.slug)}",
            }
            for line in chosen
        ],
        "shipping_options": [vars(way) for way in (SHIPPING[shipping], *others)],
        "tax_rates": [VAT],
        "success_url": f"{home}{url('shop.thanks', order_id=order['id'])}",
        "cancel_url": f"{home}{url('shop.show_cart')}",
        "reference": order["number"],
        "metadata": {"shop": "alma-coffee"},
    }
    if discount(chosen):
        body["discounts"] = [DISCOUNT]
    return body


def tells(person: Person) -> dict[str, Any]:
    """Say to Till who shops, as far as the shop knows."""
    told: dict[str, Any] = {"shopper": person.told} if person.told else {}
    return told | ({"customer_email": person.email} if person.email else {})


@blueprint.get("/thanks/<order_id>")
def thanks(order_id: str) -> str | AnyResponse | tuple[str, int]:
    """Show how the order truly stands. The address says only which order; Till says the rest."""
    order = world().store.get(ORDER, order_id)
    if order is None or not order["checkout"]:
        abort(404)
    try:
        checkout = till().checkout(order["checkout"])
    except TillAway:
        return page("shop_away.html", what="look"), 503
    except TillRefused as refusal:
        return page("shop_refused.html", refusal=refusal), 502
    said = words(checkout.status)
    shown = page("shop_thanks.html", order=order, checkout=checkout, said=said)
    cart = read_cart()
    if said.is_done and order["number"] == cart["order"]:
        return keep_cart({"lines": {}, "order": new_number()}, Response(shown))
    return shown


@blueprint.get("/picture/<slug>.svg")
def picture(slug: str) -> Response:
    """Serve a product's picture by itself, for Till's order summary."""
    if slug not in PRODUCTS:
        abort(404)
    drawn = render_template("shop_picture.svg", product=PRODUCTS[slug])
    return Response(drawn, content_type="image/svg+xml")


@blueprint.get("/static/<name>")
def static(name: str) -> Response:
    """Serve the stylesheet and the script."""
    if name not in STATIC_TYPES:
        abort(404)
    kind = f"{STATIC_TYPES[name]}; charset=utf-8"
    return Response((STATIC / name).read_bytes(), content_type=kind)


@blueprint.errorhandler(404)
def nothing_here(_: Exception) -> tuple[str, int]:
    """Say that there is no such page."""
    return page("shop_missing.html"), 404


def page(template: str, **facts: Any) -> str:
    """Render a page with what every page shows."""
    in_cart = sum(line.quantity for line in lines(read_cart()["lines"]))
    return render_template(template, in_cart=in_cart, **facts)


def cart_page(problem: str = "") -> str:
    """Render the cart."""
    chosen = lines(read_cart()["lines"])
    off = discount(chosen)
    subtotal = sum(line.total for line in chosen)
    return page(
        "shop_cart.html",
        lines=chosen,
        off=off,
        off_name=DISCOUNT["name"],
        total=subtotal - off,
        shipping=SHIPPING.values(),
        people=PEOPLE.values(),
        problem=problem,
    )


def read_cart() -> Cart:
    """Read the cart from its signed cookie; a forged one is an empty one."""
    try:
        cart: Cart = signer().loads(request.cookies.get(COOKIE, ""))
    except BadSignature:
        cart = {"lines": {}, "order": new_number()}
    return cart


def keep_cart(cart: Cart, answer: AnyResponse) -> AnyResponse:
    """Send the cart back to the browser. SameSite keeps other sites from pressing our buttons."""
    answer.set_cookie(
        COOKIE, signer().dumps(cart), httponly=True, samesite="Lax", path=url("shop.shelves")
    )
    return answer


def signer() -> URLSafeSerializer:
    """Sign with a secret made once and kept."""
    store = world().store
    with store.transaction():
        kept = store.get(SECRET, "cart")
        if kept is None:
            kept = {"id": "cart", "secret": secrets.token_hex(32)}
            store.put(SECRET, "cart", kept)
    return URLSafeSerializer(kept["secret"], salt="cart")


def new_number() -> str:
    """Make an order number that cannot be guessed."""
    return "AL-" + "".join(secrets.choice(NUMBER_LETTERS) for _ in range(10))

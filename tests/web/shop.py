"""A Flask app with the pages and nothing behind them, for tests of what they show."""

from datetime import UTC, datetime
from typing import Any

from flask import Flask

from app import config, providers
from app.web import checkout, view
from models.merchant import Merchant
from models.order import CheckoutSession, Order
from models.payment import Payment

NOW = datetime(2026, 11, 21, 10, 14, tzinfo=UTC)

CONFIG = config.load(
    {
        "SECRET_KEY": "s" * 32,
        "SANDBOX_URL": "http://127.0.0.1:8001",
        "STRIPE_SECRET_KEY": "sk_test_1",
        "STRIPE_PUBLISHABLE_KEY": "pk_test_1",
        "STRIPE_JS_URL": "http://127.0.0.1:8001/stripe/js/stripe.js",
        "STRIPE_API_URL": "http://127.0.0.1:8001/stripe",
        "PAYPAL_CLIENT_ID": "client",
        "PAYPAL_CLIENT_SECRET": "secret",
        "PAYPAL_API_URL": "http://127.0.0.1:8001/paypal",
        "PAYPAL_JS_URL": "http://127.0.0.1:8001/paypal/sdk/js",
    }
)


def pages_only() -> Flask:
    app = Flask("pages", template_folder="templates", static_folder="static")
    app.root_path = str(config.__file__).rsplit("/app/", 1)[0]
    app.secret_key = "s" * 32
    app.register_blueprint(checkout.blueprint)
    app.jinja_env.globals["csrf_token"] = lambda: "token"
    app.jinja_env.globals["csp_nonce"] = "nonce"
    providers.configure(CONFIG)
    return app


def shown(**payment: Any) -> view.Shown:
    merchant = Merchant(
        id="mer_1", name="Acme & Söhne", support_email="help@acme.test", brand_color="#ffee00"
    )
    basket = {"shipping_options": [{"id": "std", "label": "Standard", "amount": 490},
                                   {"id": "pick", "label": "Pick up", "amount": 0}]}  # fmt: skip
    order = Order(
        id="ord_1", merchant_id="mer_1", number="K7QF-2M9RX", currency="EUR",
        subtotal_minor=5700, discount_minor=550, shipping_minor=490, tax_minor=620,
        total_minor=5640,
        lines=[{"name": "Espresso", "quantity": 3, "unit_minor": 1100, "total_minor": 3300},
               {"name": "Dripper", "quantity": 1, "unit_minor": 2400, "total_minor": 2400}],
        discounts=[{"name": "Welcome", "minor": 550}],
        shipping={"id": "std", "label": "Standard", "minor": 490},
        taxes=[{"name": "VAT", "bps": 700, "inclusive": True, "minor": 201},
               {"name": "CGST", "bps": 900, "inclusive": False, "minor": 419}],
    )  # fmt: skip
    session = CheckoutSession(
        id="cs_1", merchant_id="mer_1", order_id="ord_1", payment_id="pay_1", basket=basket,
        success_url="https://acme.test/thanks", cancel_url="https://acme.test/cart",
        expires_at=datetime(2999, 1, 1, tzinfo=UTC),
    )  # fmt: skip
    facts = {"status": "pending", "updated_at": NOW, **payment}
    row = Payment(id="pay_1", merchant_id="mer_1", currency="EUR", total_minor=5640, **facts)
    return view.Shown(merchant, session, order, row, NOW)

"""A Flask app with the pages and nothing behind them, for tests of what they show."""

from flask import Flask

from app import config, providers
from app.web import checkout

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

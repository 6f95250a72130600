"""Make the Flask application: settings, database, providers, pages and API."""

from __future__ import annotations

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from app import api, cli, health, logs, providers, screening, seals, web
from app import config as settings
from app.crashpoints import arm
from models import clock, db


def create_app(config: settings.Config | None = None) -> Flask:
    """The application for one installation. Raises BadSetting. Opens no connection yet."""
    config = config or settings.load()
    logs.set_up(config.log_level)
    clock.follow(config.test_clock)
    arm(*config.crash_at.split(","))
    db.connect(config.db_uri, pool_size=config.db_pool_size)
    providers.configure(config)
    screening.configure(config)
    seals.configure(config)

    is_https = config.base_url.startswith("https://")
    app = Flask(__name__, template_folder="../templates", static_folder="../static")
    app.config.update(
        SECRET_KEY=config.secret_key,
        MAX_CONTENT_LENGTH=1024 * 1024,
        # Over https the cookie also comes along in a merchant's frame, in a jar of its own for each merchant's site.
        SESSION_COOKIE_SECURE=is_https,
        SESSION_COOKIE_PARTITIONED=is_https,
        SESSION_COOKIE_SAMESITE="None" if is_https else "Lax",
        SESSION_COOKIE_NAME="till",
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,
        TEMPLATES_AUTO_RELOAD=False,
    )
    app.extensions["till"] = config
    if config.trusted_proxies:
        hops = config.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]

    health.register(app)
    api.register(app)
    web.register(app)
    cli.register(app)
    app.teardown_appcontext(lambda _error: db.remove())
    return app

"""Security headers: what a page may load, who may frame it, what a browser may keep."""

import secrets
from collections.abc import Sequence
from urllib.parse import urlsplit

from flask import Flask, Response, g, request

STRIPE, PAYPAL = "https://js.stripe.com", "https://www.paypal.com"
RAZORPAY = "https://checkout.razorpay.com"

# What each provider's own script needs to load, by the origin it is served from.
# Another origin is a sandbox: everything it needs comes from there.
LIVE_HOSTS = {
    STRIPE: {
        "script-src": "https://js.stripe.com https://*.js.stripe.com",
        "frame-src": "https://js.stripe.com https://*.js.stripe.com https://hooks.stripe.com",
        "connect-src": "https://api.stripe.com",
    },
    PAYPAL: {
        "script-src": "https://*.paypal.com https://*.paypalobjects.com",
        "frame-src": "https://*.paypal.com",
        "connect-src": "https://*.paypal.com",
        "img-src": "https://*.paypal.com https://*.paypalobjects.com",
        "form-action": "https://*.paypal.com",
    },
    # Razorpay publishes no list; docs/razorpay.md.
    RAZORPAY: {
        "script-src": "https://checkout.razorpay.com",
        "frame-src": "https://*.razorpay.com",
        "connect-src": "https://*.razorpay.com",
        "img-src": "https://*.razorpay.com",
        "form-action": "https://api.razorpay.com",
    },
}
OWN = {
    "default-src": "'none'",
    "base-uri": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data: https:",  # merchants show pictures of their goods from their own hosts
    "connect-src": "'self'",
    "frame-src": "",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
NOTHING = "'none'"
SANDBOXED = ("script-src", "frame-src", "connect-src", "img-src", "form-action")
NONCED = ("script-src", "style-src")


def origin(url: str) -> str:
    """Scheme, host and port of a URL."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def policy(scripts: list[str], *, nonce: str, framed_by: Sequence[str] = ()) -> str:
    """The Content-Security-Policy of a page that uses these provider scripts, framed by these sites only."""
    allowed = {name: hosts.split() for name, hosts in OWN.items()}
    for source in sorted({origin(script) for script in scripts}):
        for name, hosts in LIVE_HOSTS.get(source, dict.fromkeys(SANDBOXED, source)).items():
            allowed[name] += [host for host in hosts.split() if host not in allowed[name]]
    if framed_by:
        allowed["frame-ancestors"] = list(framed_by)
    for name in NONCED:
        allowed[name].append(f"'nonce-{nonce}'")
    return "; ".join(f"{name} {' '.join(hosts or [NOTHING])}" for name, hosts in allowed.items())


def install(app: Flask, *, scripts: list[str], base_url: str) -> None:
    """Give every page a nonce and every answer its headers."""
    wallets = " ".join(f'"{origin(script)}"' for script in scripts)

    @app.before_request
    def make_nonce() -> None:
        g.csp_nonce = secrets.token_urlsafe(16)

    @app.context_processor
    def show_nonce() -> dict[str, str]:
        return {"csp_nonce": g.csp_nonce}

    @app.after_request
    def protect(response: Response) -> Response:
        headers = response.headers
        headers.setdefault("X-Content-Type-Options", "nosniff")
        headers.setdefault("Referrer-Policy", "strict-origin-when-cross-origin")
        if base_url.startswith("https://"):
            headers.setdefault("Strict-Transport-Security", "max-age=63072000; includeSubDomains")
        if request.endpoint != "static":
            headers.setdefault("Cache-Control", "no-store")
        if response.mimetype == "text/html":
            framed_by = g.get("framed_by", ())
            headers.setdefault(
                "Content-Security-Policy", policy(scripts, nonce=g.csp_nonce, framed_by=framed_by)
            )
            headers.setdefault("Cross-Origin-Opener-Policy", "same-origin-allow-popups")
            headers.setdefault(
                "Permissions-Policy",
                f"payment=(self {wallets}), camera=(), microphone=(), geolocation=()",
            )
        return response

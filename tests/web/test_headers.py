"""The policy names our own origin and the configured providers, and nobody else."""

from app.web.headers import policy

SANDBOX = ["http://127.0.0.1:8001/stripe/js/stripe.js", "http://127.0.0.1:8001/paypal/sdk/js"]
LIVE = ["https://js.stripe.com/endive/stripe.js", "https://www.paypal.com/sdk/js"]


def directives(scripts: list[str]) -> dict[str, list[str]]:
    parts = (part.split() for part in policy(scripts, nonce="abc").split("; "))
    return {name: hosts for name, *hosts in parts}


def test_without_providers_only_our_own_origin_runs() -> None:
    assert directives([])["script-src"] == ["'self'", "'nonce-abc'"]
    assert directives([])["frame-src"] == ["'none'"]
    assert directives([])["frame-ancestors"] == ["'none'"]


def test_a_sandbox_is_one_more_origin() -> None:
    found = directives(SANDBOX)
    assert found["script-src"] == ["'self'", "http://127.0.0.1:8001", "'nonce-abc'"]
    assert found["frame-src"] == found["frame-src"] == ["http://127.0.0.1:8001"]
    assert "stripe.com" not in policy(SANDBOX, nonce="abc")


def test_live_providers_get_their_own_hosts_only() -> None:
    found = directives(LIVE)
    assert "https://api.stripe.com" in found["connect-src"]
    assert "https://*.paypal.com" in found["form-action"]
    assert "127.0.0.1" not in policy(LIVE, nonce="abc")


def test_nothing_inline_without_the_nonce() -> None:
    for scripts in ([], SANDBOX, LIVE):
        text = policy(scripts, nonce="abc")
        assert "unsafe" not in text
        assert " * " not in text

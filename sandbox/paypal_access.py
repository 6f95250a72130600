"""OAuth2: a bearer token for the client's id and secret, with an end and a way to revoke it."""

import base64
import hashlib
import hmac
import json
import secrets
from typing import Any

from sandbox import Sandbox, clock
from sandbox.paypal_world import sandbox

LIVES_S = 32400
KIND = "paypal_access"
SCOPE = " ".join(
    f"https://uri.paypal.com/services/{name}"
    for name in (
        "checkout",
        "payments/payment/authcapture",
        "payments/refund",
        "applications/webhooks",
    )
)


class TokenRefused(Exception):
    """An OAuth answer: PayPal says `error` here, not `name`."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(error)
        self.error, self.description = error, description


class Tokens:
    """Tokens carry their own end and a signature; revoking raises the number they must carry."""

    def __init__(self, world: Sandbox) -> None:
        with world.store.transaction():
            kept = world.store.get(KIND, "tokens")
            if kept is None:
                kept = {"id": "tokens", "secret": secrets.token_hex(32), "generation": 0}
                world.store.put(KIND, "tokens", kept)
        self._kept = kept
        self._store = world.store

    def issue(self) -> str:
        """Make a token that ends nine hours from now."""
        facts = {
            "ends": clock.now().timestamp() + LIVES_S,
            "generation": self._kept["generation"],
            "nonce": secrets.token_hex(4),
        }
        payload = base64.urlsafe_b64encode(json.dumps(facts).encode()).decode()
        return f"A21AA{payload}.{self._signature(payload)}"

    def accepts(self, token: str) -> bool:
        """Say whether a token is ours, of this generation and not past its end."""
        payload, _, signature = token.removeprefix("A21AA").partition(".")
        if not hmac.compare_digest(signature.encode(), self._signature(payload).encode()):
            return False
        facts: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload))
        same = facts["generation"] == self._kept["generation"]
        return bool(same and clock.now().timestamp() < facts["ends"])

    def revoke_all(self) -> None:
        """Refuse every token issued until now."""
        self._kept = self._kept | {"generation": self._kept["generation"] + 1}
        self._store.put(KIND, "tokens", self._kept)

    def _signature(self, payload: str) -> str:
        key = self._kept["secret"].encode()
        return hmac.new(key, payload.encode(), hashlib.sha256).hexdigest()[:32]


def grant(authorization: str, form: dict[str, str], tokens: Tokens) -> dict[str, Any]:
    """Answer POST /v1/oauth2/token."""
    config = sandbox().config
    expected = f"{config.paypal_client_id}:{config.paypal_client_secret}"
    scheme, _, given = authorization.partition(" ")
    try:
        credentials = base64.b64decode(given, validate=True)
    except ValueError:  # or what is not even ASCII
        credentials = b""
    if scheme.lower() != "basic" or not hmac.compare_digest(credentials, expected.encode()):
        raise TokenRefused("invalid_client", "Client Authentication failed")
    if "grant_type" not in form:
        raise TokenRefused("invalid_request", "Grant type is a required parameter")
    if form["grant_type"] != "client_credentials":
        raise TokenRefused("unsupported_grant_type", "Grant Type is NULL")
    nonce = f"{clock.now():%Y-%m-%dT%H:%M:%SZ}{secrets.token_urlsafe(24)}"
    return {
        "scope": SCOPE,
        "access_token": tokens.issue(),
        "token_type": "Bearer",
        "app_id": "APP-80W284485P519543T",
        "expires_in": LIVES_S,
        "nonce": nonce,
    }

"""A page of the shop with Till's button on it: docs/embedding.md, to be tried."""

from flask import Blueprint

from sandbox import Sandbox
from sandbox.shop import page, till, world
from sandbox.shop_till import TillAway, TillRefused

blueprint = Blueprint("shop_embed", __name__)
LINK = "shop_embed"


def link_id(sandbox: Sandbox) -> str:
    """The payment link behind the button, made once. Raises TillAway, TillRefused."""
    origin = sandbox.config.url
    known = sandbox.store.get(LINK, origin)
    if known is None:
        asked = {"title": "A bag of coffee", "currency": "EUR", "amount": 1200, "embed_origins": [origin]}  # fmt: skip
        known = {
            "id": origin,
            "link": till().make_link(asked, once=f"embed-{''.join(filter(str.isalnum, origin))}"),
        }
        sandbox.store.put(LINK, origin, known)
    return str(known["link"])


@blueprint.get("/embed")
def embed() -> str | tuple[str, int]:
    """Show the same link as a button, in a frame, and as a picture to scan."""
    try:
        link = link_id(world())
    except TillAway:
        return page("shop_away.html", what="pay"), 503
    except TillRefused as refusal:
        return page("shop_refused.html", refusal=refusal), 502
    return page("shop_embed.html", till=world().config.shop_api_url, link=link)

"""What a merchant's page is given of ours: the button's script, and a payment link as a picture to scan."""

from __future__ import annotations

import json
from functools import cache
from io import BytesIO
from pathlib import Path

import segno
from flask import Response, current_app, request
from flask.typing import ResponseReturnValue

from app import languages
from app.errors import Invalid, NotFound
from app.languages import _
from app.web import checkout
from models import Merchant, PaymentLink, db

blueprint = checkout.blueprint
SCRIPT, SCRIPT_LIVES_S = "embed.js", 3600
LEAST_SIZE, MOST_SIZE, SIZE = 64, 2048, 256  # pixels across
QUIET = 4  # modules of white around it, as ISO/IEC 18004 asks for


@blueprint.get("/embed.js")
def embed_script() -> ResponseReturnValue:
    """The script, which any site may load and keep for an hour."""
    answer = Response(_script(), mimetype="text/javascript")
    answer.cache_control.public = True
    answer.cache_control.max_age = SCRIPT_LIVES_S
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    answer.add_etag()
    return answer.make_conditional(request)


@cache
def _script() -> str:
    """The file with its words in every language: a merchant's page has none of ours in it to say which is wanted."""
    texts = {code: languages.script_texts(code, SCRIPT) for code in languages.LANGUAGES}
    source = (Path(current_app.static_folder or "") / SCRIPT).read_text(encoding="utf-8")
    # In ASCII, because the page around it may be in any encoding.
    return source.replace("const TEXTS = {};", f"const TEXTS = {json.dumps(texts)};", 1)


@blueprint.get("/l/<link_id>/qr.svg")
def qr(link_id: str) -> ResponseReturnValue:
    """The link's address as a QR code, `?size=` pixels wide. Raises NotFound, Invalid."""
    link = db.session().get(PaymentLink, link_id)
    if link is None:
        raise NotFound
    size = request.args.get("size", str(SIZE))
    is_size = size.isascii() and size.isdecimal() and len(size) < 5
    if not (is_size and LEAST_SIZE <= int(size) <= MOST_SIZE):
        raise Invalid(f"Give a size from {LEAST_SIZE} to {MOST_SIZE}.", field="size")
    code = segno.make(f"{checkout.config().base_url}/l/{link.id}", error="m", micro=False)
    merchant = db.session().get_one(Merchant, link.merchant_id)
    across = code.symbol_size(border=QUIET)[0]
    drawn = BytesIO()
    code.save(
        drawn,
        kind="svg",
        scale=int(size) / across,
        border=QUIET,
        light="#fff",
        title=_("Pay {merchant}", merchant=merchant.name),
        xmldecl=False,
    )
    return Response(drawn.getvalue(), mimetype="image/svg+xml", headers={"X-Robots-Tag": "noindex"})

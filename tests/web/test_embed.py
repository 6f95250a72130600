"""A merchant's page: the button's script, the picture to scan, and who may show our page in a frame."""

import json
import re
import xml.etree.ElementTree as ET
from typing import Any

import pytest
from sqlalchemy import func, select

from app import commands, languages, payments
from models import CheckoutSession, Payment, PaymentLink, db
from tests.till import Till
from tests.web.conftest import Shopper

SVG = "{http://www.w3.org/2000/svg}"


def link(till: Till, **more: Any) -> PaymentLink:
    command = commands.CreateLink(title="A coffee", currency="EUR", amount=500, **more)
    payments.create_link(command, merchant_id=till.merchant.id, once=till.once())
    made: PaymentLink = till.told[-1]
    return made


def ancestors(answer: Any) -> str:
    parts = answer.headers["Content-Security-Policy"].split("; ")
    return next(part for part in parts if part.startswith("frame-ancestors"))


def test_the_script_may_be_loaded_and_kept_by_anybody(shopper: Shopper) -> None:
    answer = shopper.client.get("/embed.js")
    assert answer.status_code == 200
    assert "javascript" in answer.mimetype
    answer.close()
    assert answer.headers["Cache-Control"] == "public, max-age=3600"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert "Set-Cookie" not in answer.headers


def test_the_script_brings_its_words_in_every_language(shopper: Shopper) -> None:
    answer = shopper.client.get("/embed.js")
    [found] = re.findall(r"const TEXTS = (\{.*\});", answer.text)
    texts = json.loads(found)
    assert set(texts) == set(languages.LANGUAGES)
    english = set(re.findall(r'_\("([^"]+)"\)', answer.text))
    assert english == {"Pay", "Close", "Open on a page of its own"}
    assert all(set(texts[code]) == english for code in texts if code != languages.SOURCE)
    assert texts["de"]["Close"] == "Schließen"
    assert found.isascii()
    again = shopper.client.get("/embed.js", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


@pytest.mark.parametrize("size", [64, 256, 2048])
def test_a_link_is_a_picture_to_scan(till: Till, shopper: Shopper, size: int) -> None:
    made = link(till)
    answer = shopper.client.get(f"/l/{made.id}/qr.svg?size={size}")
    assert answer.mimetype == "image/svg+xml"
    drawn = ET.fromstring(answer.text)  # noqa: S314 -- ours
    assert drawn.tag == f"{SVG}svg"
    assert abs(float(drawn.attrib["width"]) - size) < 1
    assert drawn.findtext(f"{SVG}title") == f"Pay {till.merchant.name}"


@pytest.mark.parametrize("size", ["0", "63", "2049", "-1", "1e3", "٢٥٦", "99999999999", ""])
def test_a_size_out_of_bounds_is_refused(till: Till, shopper: Shopper, size: str) -> None:
    answer = shopper.client.get(f"/l/{link(till).id}/qr.svg", query_string={"size": size})
    assert answer.status_code == 422


def test_an_unknown_link_has_no_picture(shopper: Shopper) -> None:
    assert shopper.client.get(f"/l/lnk_{'0' * 26}/qr.svg").status_code == 404


def test_a_merchants_sites_may_frame_everything_of_theirs(till: Till, shopper: Shopper) -> None:
    with db.transaction():
        db.update(till.merchant, embed_origins=["https://shop.example"])
    own, more = till.session(), till.session(embed_origins=["https://blog.example"])
    assert ancestors(shopper.open(own)) == "frame-ancestors https://shop.example"
    both = "frame-ancestors https://shop.example https://blog.example"
    page = shopper.open(more)
    assert ancestors(page) == both
    assert 'content="https://shop.example https://blog.example"' in page.text


def test_a_page_that_nobody_may_frame_says_nothing_to_a_frame(till: Till, shopper: Shopper) -> None:
    page = shopper.open(till.session())
    assert ancestors(page) == "frame-ancestors 'none'"
    assert "framed" not in page.text


FRAMED = {"Sec-Fetch-Dest": "iframe", "Sec-Fetch-Site": "cross-site"}
SHOP, STRANGER = "https://shop.example/page", "https://thief.example/"


@pytest.mark.parametrize(
    ("named", "more", "status"),
    [
        (["https://shop.example"], {**FRAMED, "Referer": SHOP}, 303),
        (["https://shop.example"], {**FRAMED, "Referer": STRANGER}, 403),
        (["https://shop.example"], FRAMED, 303),  # a site that does not say: frame-ancestors decides
        ([], {**FRAMED, "Referer": SHOP}, 403),
        ([], FRAMED, 403),
        ([], {"Sec-Fetch-Dest": "document", "Referer": STRANGER}, 303),  # a plain link, from anywhere
        ([], {}, 303),
    ],
)  # fmt: skip
def test_a_frame_of_a_site_that_was_not_named_begins_nothing(
    till: Till, shopper: Shopper, named: list[str], more: dict[str, str], status: int
) -> None:
    made = link(till, embed_origins=named)
    before = count(CheckoutSession), count(Payment)
    answer = shopper.client.get(f"/l/{made.id}", headers={"Accept": "application/json", **more})
    assert answer.status_code == status
    if status == 403:
        assert answer.json["error"]["code"] == "embedding_not_allowed"
        assert (count(CheckoutSession), count(Payment)) == before
    else:
        assert count(CheckoutSession) == before[0] + 1


def count(table: Any) -> int:
    db.remove()
    return int(db.session().scalar(select(func.count()).select_from(table)) or 0)

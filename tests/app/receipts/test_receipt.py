"""Receipts: the same numbers on the page and in the file, every script, and bytes that do not change."""

import re
from typing import Any

import pytest
from fpdf.enums import TextDirection

from app import languages, receipts
from app.receipts.drawing import Sheet
from app.receipts.typeface import own_direction
from models.payment import Operation
from tests.web.shop import NOW, shown

NAMES = {
    "latin": "Łódź Čokoláda & Söhne",
    "greek": "Καφές Αθήνα",
    "cyrillic": "Кофе Москва",
    "arabic": "محمصة ألما للقهوة",
    "hebrew": "בית קפה אלמה",
    "devanagari": "अल्मा कॉफ़ी क्षत्रिय",
    "japanese": "アルマ珈琲焙煎所",
    "chinese": "阿尔玛咖啡烘焙",
    "korean": "알마 커피 로스터스",
    "none of ours": "กาแฟ 🦊\u200d\ufe0f \x07 \U0010ffff",
}


def refund(minor: int, status: str = "succeeded") -> Operation:
    return Operation(
        id=f"re_{minor}", payment_id="pay_1", attempt_id="att_1", merchant_id="mer_1", kind="refund",
        amount_minor=minor, currency="EUR", status=status, updated_at=NOW,
    )  # fmt: skip


def written(name: str = "Acme", *operations: Operation, **payment: Any) -> receipts.Receipt:
    rows = shown(**{"status": "captured", "captured_minor": 5640, **payment})
    rows.merchant.__dict__["name"] = name
    rows.order.__dict__["lines"] = [{**line, "name": name} for line in rows.order.lines]
    return receipts.receipt(
        rows.merchant, rows.order, rows.payment, operations, paid_with="Visa •••• 4242", paid_at=NOW
    )


def amounts(told: receipts.Receipt) -> list[tuple[str, str]]:
    return [(row.label, row.amount) for row in told.summary.after]


def test_what_is_given_back_adds_up() -> None:
    back = (refund(1000), refund(440), refund(9, "failed"))
    told = written("Acme", *back, status="partially_refunded", refunded_minor=1440)
    first, *refunds, last = amounts(told)
    assert first == ("Paid", "€56.40")
    assert [amount for _label, amount in refunds] == ["−€10.00", "−€4.40"]
    assert all("21 November 2026" in label and "UTC" in label for label, _amount in refunds)
    assert last == ("You paid in the end", "€42.00")


def test_what_is_only_reserved_is_called_so() -> None:
    told = written(status="authorized", captured_minor=0)
    assert told.title == "Order confirmation"
    assert amounts(told) == [("Reserved, not taken yet", "€56.40")]


@pytest.mark.parametrize("script", NAMES)
def test_every_script_makes_the_same_file_twice(script: str) -> None:
    told = written(NAMES[script])
    file = receipts.pdf(told)
    assert file.startswith(b"%PDF-")
    assert pages(file) == 1
    assert file == receipts.pdf(told)


@pytest.mark.parametrize("language", languages.LANGUAGES)
def test_every_language_has_its_letters(language: str) -> None:
    with languages.speaking(language):
        assert pages(receipts.pdf(written(status="authorized", captured_minor=0))) == 1


@pytest.mark.parametrize(
    ("text", "side"),
    [("\u0645\u062d\u0645\u0635\u0629 (1958)!", "rtl"), ("Alma & Co. (2\u20133 days)", "ltr"),
     ("\u2068Alma\u2069 \u0644\u062f\u064a\u0647 \u0637\u0644\u0628\u0643", "rtl"), ("3 \u00d7 \u20ac11.00", None)],
)  # fmt: skip
def test_a_text_is_drawn_in_its_own_direction(text: str, side: str | None) -> None:
    assert own_direction(text) == side
    with languages.speaking("he"):
        sheet = Sheet(written())
    sheet.row(text, "")
    sheet.write_line(text)
    shaped = sheet.text_shaping
    sheet.output()
    assert shaped["direction"] == TextDirection.coerce(side or "rtl")


def test_no_name_turns_its_letters_round_or_climbs_over_other_lines() -> None:
    sheet = Sheet(written())
    sheet.output()
    assert sheet.drawable("Bob\u202egnp.exe\u202c") == "Bobgnp.exe"
    assert len(sheet.drawable("Z" + "\u0337" * 60 + "algo")) <= len("Zalgo") + 4


def test_a_long_order_takes_more_sheets() -> None:
    told = written("Espresso " * 40)
    many = told.summary.lines * 40
    long = receipts.Summary("€1.00", 100, "EUR", lines=many)
    file = receipts.pdf(receipts.Receipt(**{**fields(told), "summary": long}))
    assert pages(file) > 1


@pytest.mark.parametrize(("country", "height"), [("DE", "841.89"), ("US", "792")])
def test_the_sheet_is_the_one_in_the_printer(country: str, height: str) -> None:
    file = receipts.pdf(receipts.Receipt(**{**fields(written()), "country": country}))
    assert f" {height}" in re.findall(rb"MediaBox \[([^\]]+)\]", file)[0].decode()


def fields(told: receipts.Receipt) -> dict[str, Any]:
    return {name: getattr(told, name) for name in told.__dataclass_fields__}


def pages(file: bytes) -> int:
    found = re.search(rb"/Count (\d+)", file)
    assert found
    return int(found[1])

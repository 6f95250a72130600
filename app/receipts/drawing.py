"""A receipt as a PDF, the same bytes every time. Whoever reads from right to left gets it mirrored."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import astuple

from fpdf import FPDF
from fpdf.enums import XPos, YPos
from fpdf.fonts import TTFFont

from app import languages
from app.languages import _
from app.receipts.order import Line, Row
from app.receipts.receipt import Receipt
from app.receipts.typeface import BASE, files, fonts, own_direction

MARGIN, WIDE, NARROW = 18, 0.66, 0.34  # millimetres; shares of the width for words and for amounts
TEXT, SMALL, TITLE = 10.5, 9, 18  # points
STEP, GAP = 5.6, 6  # millimetres from line to line, and between blocks
GREY, BLACK, RULE = (90, 96, 108), (20, 24, 32), (205, 210, 218)
UNKNOWN = "\ufffd"
UNSEEN = {"Cf": "", "Cc": " ", "Mn": ""}  # categories of Unicode whose signs may be left out
FORCED = dict.fromkeys(range(0x202A, 0x202F))  # signs that turn letters round: no name needs them
# More marks on one letter than any script has are drawn over the lines around it.
MARKS = r"[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]"
HEAP = re.compile(rf"({MARKS}{{4}}){MARKS}+")
# Countries whose printers hold Letter sheets; the others hold A4.
LETTER = frozenset(
    ["BO", "CA", "CL", "CO", "CR", "DO", "GT", "MX", "NI", "PA", "PH", "PR", "SV", "US", "VE"]
)


class Sheet(FPDF):
    """Rows of words at the start of the line and amounts at its end, wherever that is."""

    def __init__(self, receipt: Receipt) -> None:
        super().__init__(format="Letter" if receipt.country in LETTER else "A4")
        rtl = languages.direction(receipt.language) == "rtl"
        self.start, self.end = ("R", "L") if rtl else ("L", "R")
        self.set_margin(MARGIN)
        self.set_auto_page_break(auto=True, margin=MARGIN)
        self.set_title(f"{receipt.title} – {receipt.merchant}")
        self.set_lang(receipt.language)
        self.set_creation_date(receipt.issued_at)
        extra = fonts(repr(astuple(receipt)) + _("Total"), receipt.language)
        for name in (BASE, *extra):
            for style, path in files(name).items():
                self.add_font(name, style, path)
        self.set_fallback_fonts(extra, exact_match=False)
        self.add_page()

    def write_line(self, text: str, size: float = TEXT, *, grey: bool = False) -> None:
        """One paragraph over the whole width."""
        self.face(size, grey=grey)
        self.turn(text)
        self.multi_cell(
            0,
            size * 0.5,
            self.drawable(text),
            align=self.start,
            new_x=XPos.LMARGIN,
            new_y=YPos.NEXT,
        )

    def row(
        self, words: str, value: str, size: float = TEXT, *, bold: bool = False, grey: bool = False
    ) -> None:
        """Words, wrapped where they must be, and what belongs to them at the other edge of their first line."""
        self.face(size, bold=bold, grey=grey)
        if self.will_page_break(STEP * max(self.lines(words, WIDE), self.lines(value, NARROW))):
            self.add_page()
        top, is_mirrored = self.get_y(), self.start == "R"
        self.put(words, WIDE, after=NARROW * is_mirrored, align=self.start)
        below = self.get_y()
        self.face(size, bold=bold, grey=grey)  # the last sign's font stays, and it has no Latin
        self.set_y(top)
        self.put(value, NARROW, after=WIDE * (not is_mirrored), align=self.end)
        self.set_y(max(below, self.get_y()))

    def put(self, text: str, share: float, *, after: float, align: str) -> None:
        """A text within its share of the width, that much of the width away from the left."""
        self.set_x(self.l_margin + self.epw * after)
        self.turn(text)
        drawn = self.drawable(text)
        self.multi_cell(
            self.epw * share, STEP, drawn, align=align, new_x=XPos.LMARGIN, new_y=YPos.NEXT
        )

    def lines(self, text: str, share: float) -> int:
        """How many lines a text takes within its share of the width."""
        self.turn(text)
        drawn = self.drawable(text)
        with self.local_context():
            found = self.multi_cell(self.epw * share, STEP, drawn, dry_run=True, output="LINES")
        return len(found) if isinstance(found, list) else 1

    def drawable(self, text: str) -> str:
        """The text with a mark for every sign that no font has; of what nobody sees, only what fonts know."""
        ours = (font for font in self.fonts.values() if isinstance(font, TTFFont))
        known = {point for font in ours for point in font.cmap}
        return "".join(
            sign if ord(sign) in known else UNSEEN.get(unicodedata.category(sign), UNKNOWN)
            for sign in HEAP.sub(r"\1", text.translate(FORCED))
        )

    def turn(self, text: str) -> None:
        """Draw what comes next in its own direction: a name of the other one keeps its brackets and its full stop."""
        own = own_direction(text) or ("rtl" if self.start == "R" else "ltr")
        self.set_text_shaping(use_shaping_engine=True, direction=own)

    def rule(self) -> None:
        """A thin line from edge to edge, with air around it."""
        self.ln(GAP / 3)
        self.set_draw_color(*RULE)
        self.line(self.l_margin, self.get_y(), self.w - self.r_margin, self.get_y())
        self.ln(GAP / 3)

    def face(self, size: float, *, bold: bool = False, grey: bool) -> None:
        """Size, weight and colour of what is written next."""
        self.set_font(BASE, "", 1)  # else one that is set already is not set again after a fallback
        self.set_font(BASE, "B" if bold else "", size)
        self.set_text_color(*(GREY if grey else BLACK))


def pdf(receipt: Receipt) -> bytes:
    """The receipt on one sheet, on more where the order is long. A sign that no font has is marked."""
    sheet, told = Sheet(receipt), receipt.summary
    sheet.row(receipt.merchant, receipt.title, TITLE * 0.8, bold=True)
    if receipt.support_email:
        sheet.write_line(receipt.support_email, SMALL, grey=True)
    sheet.ln(GAP)
    for fact in receipt.facts:
        sheet.row(fact.label, fact.value)
    sheet.rule()
    for line in told.lines:
        goods(sheet, line)
    sheet.rule()
    rows(sheet, told.rows)
    sheet.row(_("Total"), told.total, TEXT + 2, bold=True)
    rows(sheet, told.included, grey=True)
    sheet.rule()
    rows(sheet, told.after)
    for note in receipt.notes:
        sheet.ln(GAP / 2)
        sheet.write_line(note)
    return bytes(sheet.output())


def goods(sheet: Sheet, line: Line) -> None:
    """One thing that was bought; how many, where it is more than one."""
    sheet.row(line.name, line.amount)
    if line.quantity != 1:
        sheet.write_line(f"{line.quantity} × {line.unit_amount}", SMALL, grey=True)


def rows(sheet: Sheet, told: tuple[Row, ...], *, grey: bool = False) -> None:
    """Labelled amounts."""
    for row in told:
        sheet.row(row.label, row.amount, SMALL if grey else TEXT, grey=grey)

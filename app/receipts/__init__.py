"""What was bought and paid, counted once: the page's summary, the receipt in a browser and the receipt as a PDF.

Rows in, texts in the language that is spoken now out (`app.languages`); no Flask, no database. See docs/receipts.md.
"""

from app.receipts.order import Line, Row, Summary, summary
from app.receipts.receipt import STATUSES, Fact, Receipt, receipt


def pdf(receipt: Receipt) -> bytes:
    """The receipt as a PDF file. What draws reaches for numpy: loaded by the first receipt, not before."""
    from app.receipts import drawing

    return drawing.pdf(receipt)


__all__ = ["STATUSES", "Fact", "Line", "Receipt", "Row", "Summary", "pdf", "receipt", "summary"]

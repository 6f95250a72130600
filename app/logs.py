"""Log lines: one per event, readable, and without a card number or a secret."""

from __future__ import annotations

import logging
import re

from app.pan import redact

_SECRET = re.compile(
    r"\b(sk|rk|whsec)_(live|test)?_?[A-Za-z0-9]{8,}|(?<=Bearer )[\w.~+/=-]+|(_secret_)[A-Za-z0-9]+"
)


class Scrubber(logging.Filter):
    """Removes what must never be written down from every record, arguments and traceback included."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record; let it pass."""
        text = record.getMessage()
        if record.exc_info:
            text = f"{text}\n{_FORMAT.formatException(record.exc_info)}"
            record.exc_info, record.exc_text = None, None
        record.msg, record.args = scrub(text), None
        return True


_FORMAT = logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s")


def scrub(text: str) -> str:
    """The text without card numbers, keys and client secrets."""
    return _SECRET.sub("[secret removed]", redact(text))


def set_up(level: str) -> None:
    """Send this process's log to standard error."""
    handler = logging.StreamHandler()
    handler.setFormatter(_FORMAT)
    handler.addFilter(Scrubber())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for chatty in ("urllib3", "stripe", "rq", "alembic"):
        logging.getLogger(chatty).setLevel(max(logging.WARNING, root.level))

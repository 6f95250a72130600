"""A mailbox for everybody: takes what mail the app hands over by SMTP, and shows it. Nothing leaves this machine."""

import email
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller
from flask import Blueprint, Flask, Response, current_app, jsonify, render_template

from sandbox import Sandbox, clock
from sandbox.store import Document, Store

KIND = "sandbox.mail"
LARGEST = 256 * 1024
SHOWN = 100

blueprint = Blueprint("mailbox", __name__, template_folder="templates")


class Inbox:
    """What aiosmtpd calls for each message; the name is its convention."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: ARG002, N802
        """Keep a message. One that comes again (same Message-ID) is the same message."""
        message = email.message_from_bytes(envelope.original_content, policy=default)
        assert isinstance(message, EmailMessage)
        document = read(message, list(envelope.rcpt_tos))
        self._store.put(KIND, document["id"], document)
        return "250 kept"


def read(message: EmailMessage, recipients: list[str]) -> Document:
    """Describe a message as the mailbox shows it."""
    body = message.get_body(preferencelist=("plain", "html"))
    return {
        "id": str(message["Message-ID"] or "").strip("<>"),
        "at": clock.now().isoformat(),
        "from": str(message["From"]),
        "to": recipients,
        "subject": str(message["Subject"]),
        "language": str(message["Content-Language"] or ""),
        "text": body.get_content() if body else "",
    }


def install(app: Flask) -> None:
    """Listen, where a port is given. On loopback only."""
    sandbox: Sandbox = app.extensions["sandbox"]
    if not sandbox.config.smtp_port:
        return
    controller = Controller(
        Inbox(sandbox.store),
        hostname="127.0.0.1",
        port=sandbox.config.smtp_port,
        data_size_limit=LARGEST,
    )
    controller.start()
    app.extensions["sandbox_smtp"] = controller


def _newest() -> list[Document]:
    sandbox: Sandbox = current_app.extensions["sandbox"]
    return sandbox.store.list(KIND)[:SHOWN]


@blueprint.get("/mail")
def show() -> str:
    """Show what came, newest first."""
    return render_template("mailbox.html", mails=_newest())


@blueprint.get("/mail.json")
def tell() -> Response:
    """Tell the same to programs."""
    return jsonify(mails=_newest())

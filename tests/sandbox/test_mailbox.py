"""The sandbox's mailbox: what is handed over by SMTP is kept once, and shown without being run."""

import os
import smtplib
from email.message import EmailMessage

import pytest

from sandbox import SandboxConfig, create_sandbox
from tools import ports


@pytest.fixture
def mailbox():
    port = ports.first_free(26_000 + os.getpid() % 125 * 8)  # another worker has others
    app = create_sandbox(SandboxConfig(smtp_port=port))
    try:
        yield app.test_client(), port
    finally:
        app.extensions["sandbox_smtp"].stop()


def hand_over(port: int, text: str, *, message_id: str = "<one@till>") -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = (
        "till@shop.example",
        "ada@example.com",
        "كود 123 456",
    )
    mail["Message-ID"] = message_id
    mail.set_content(text)
    mail["Content-Language"] = "ar"
    with smtplib.SMTP("127.0.0.1", port, timeout=10) as server:
        server.send_message(mail)


def test_mail_is_kept_once_and_shown(mailbox) -> None:
    client, port = mailbox
    hand_over(port, "Hello <b>you</b>")
    hand_over(port, "Hello <b>you</b>")
    [kept] = client.get("/sandbox/mail.json").json["mails"]
    assert (kept["to"], kept["subject"], kept["language"]) == (
        ["ada@example.com"],
        "كود 123 456",
        "ar",
    )
    page = client.get("/sandbox/mail").text
    assert "Hello &lt;b&gt;you&lt;/b&gt;" in page


def test_an_empty_mailbox_says_so(mailbox) -> None:
    client, _port = mailbox
    assert "Nothing yet" in client.get("/sandbox/mail").text

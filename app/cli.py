"""The operator's commands: `flask --app wsgi migrate | seed | merchant | key | user | doctor | check-books | …`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TextIO

import click
from flask import Flask
from pydantic import TypeAdapter, ValidationError

from app import cli_audit, cli_people, cli_risk, doctor, documents, keys, oracle, seed
from app.config import Config
from app.values import Origins
from models import Merchant, audit, db, schema
from models.ids import new_id


def register(app: Flask) -> None:
    """Add the commands to `flask`."""
    config: Config = app.extensions["till"]

    @app.cli.command("migrate")
    def migrate() -> None:
        """Bring the database to the newest schema."""
        schema.upgrade(config.db_uri)
        click.echo("The database is up to date.")

    @app.cli.command("seed")
    @click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
    @click.option("--passwords", type=click.File(), help="JSON: the demo people's passwords.")
    def seed_demo(*, as_json: bool, passwords: TextIO | None) -> None:
        """Make the demo: a merchant with a payment link and a new API key; in the sandbox, people who can sign in."""
        made = seed.demo(config, known=json.load(passwords) if passwords else None)
        if as_json:
            click.echo(json.dumps(made))
            return
        users = made.pop("users")
        click.echo("\n".join(f"{name}: {value}" for name, value in made.items()))
        for user in users.values():
            click.echo(f"{user['email']}: {user['password'] or '(the password that they have)'}")

    @app.cli.command("doctor")
    def run_doctor() -> None:
        """Check the installation, and say how to mend what is found."""
        findings = doctor.examine(config)
        for finding in findings:
            click.echo(str(finding))
        sys.exit(any(finding.is_bad for finding in findings))

    @app.cli.command("check-books")
    def check_books() -> None:
        """Check that the books balance and that every payment adds up."""
        findings = oracle.check()
        for line in findings or ["The books balance."]:
            click.echo(line)
        sys.exit(bool(findings))

    _merchants(app, config)
    app.cli.add_command(cli_people.user)
    app.cli.add_command(cli_audit.group)
    cli_risk.register(app.cli, config)
    for name, make in documents.GENERATED.items():
        _document(app, name, make.path, make.text)


def _merchants(app: Flask, config: Config) -> None:
    @app.cli.command("merchant")
    @click.argument("name")
    @click.option("--email", help="Where shoppers who need help write to.")
    @click.option("--country", default="DE", help="Two letters.")
    def new_merchant(name: str, email: str | None, country: str) -> None:
        """Make a merchant and its first API key. The key is shown once."""
        merchant = Merchant(id=new_id("mer"), name=name, support_email=email, country=country)
        with db.transaction():
            db.insert(merchant)
            key = keys.new(merchant.id, name="first", live=config.is_live)
        click.echo(f"merchant_id: {merchant.id}\napi_key: {key}")

    @app.cli.command("key")
    @click.argument("merchant_id")
    @click.option("--name", default="API key", help="What it is for.")
    def new_key(merchant_id: str, name: str) -> None:
        """Make an API key for a merchant. It is shown once."""
        with db.transaction():
            click.echo(keys.new(merchant_id, name=name, live=config.is_live))

    @app.cli.command("embed")
    @click.argument("merchant_id")
    @click.argument("origins", nargs=-1)
    def embed(merchant_id: str, origins: tuple[str, ...]) -> None:
        """Name the sites that may show a merchant's pages in a frame; none given: nobody may."""
        try:
            named = TypeAdapter(Origins).validate_python(list(origins))
        except ValidationError as wrong:
            raise click.ClickException(wrong.errors()[0]["msg"]) from wrong
        with db.transaction():
            merchant = db.lock(Merchant, merchant_id)
            if merchant is None:
                raise click.ClickException("There is no such merchant.")
            db.update(merchant, embed_origins=named)
            audit.write("operator", "merchant.updated", merchant_id, embed_origins=named)
        click.echo(" ".join(named) or "Nobody may frame this merchant's pages.")


def _document(app: Flask, name: str, path: str, text: documents.Text) -> None:
    file = Path(app.root_path).parent / path

    @app.cli.command(name, help=f"Write {path}, or with --check say whether it is up to date.")
    @click.option("--check", is_flag=True)
    def write(*, check: bool) -> None:
        wanted = text()
        if check:
            if not file.exists() or file.read_text(encoding="utf-8") != wanted:
                sys.exit(f"{path} is out of date: flask --app wsgi {name}")
            return
        file.write_text(wanted, encoding="utf-8")
        click.echo(f"wrote {path}")

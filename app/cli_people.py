"""The operator's command for people: `flask --app wsgi user EMAIL --role … | --reset | --deactivate | --activate`."""

from __future__ import annotations

import sys

import click
from pydantic import ValidationError

from app import events, people
from app.errors import AppError
from models.people import ROLES


@click.command("user")
@click.argument("email")
@click.option("--role", type=click.Choice(ROLES), help="Make a user who may do what this role may.")
@click.option("--name", help="What colleagues call them; the address, if not given.")
@click.option(
    "--merchant",
    "merchant_id",
    help="The one merchant they work for; needed for the role merchant.",
)
@click.option("--reset", is_flag=True, help="Make a new one-time password, and end their sessions.")
@click.option(
    "--deactivate", is_flag=True, help="Let them sign in no more, and end their sessions."
)
@click.option("--activate", is_flag=True, help="Let them sign in again.")
def user(
    email: str,
    *,
    role: str | None,
    name: str | None,
    merchant_id: str | None,
    reset: bool,
    deactivate: bool,
    activate: bool,
) -> None:
    """Make a user, or change one. A one-time password is shown once, and changed at the first sign-in."""
    if (role is not None) + reset + deactivate + activate != 1:
        raise click.UsageError("Say one of --role, --reset, --deactivate and --activate.")
    try:
        with events.acting("operator"):
            if role is not None:
                _make(
                    {
                        "email": email,
                        "name": name or email,
                        "role": role,
                        "merchant_id": merchant_id,
                    }
                )
            elif reset:
                click.echo(f"password: {people.reset_password(people.find(email).id)}")
            else:
                people.set_active(people.find(email).id, is_active=activate)
                click.echo(
                    f"{email} may {'sign in again' if activate else 'not sign in any more'}."
                )
    except AppError as refusal:
        sys.exit(refusal.message)


def _make(given: dict[str, str | None]) -> None:
    try:
        wanted = people.NewUser.model_validate(given)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        sys.exit(f"{first['loc'][0]}: {first['msg']}")
    made, password = people.create(wanted)
    click.echo(f"user_id: {made.id}\npassword: {password}")

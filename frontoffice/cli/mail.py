"""`frontoffice mail test ADDRESS`: shows whether the line to the mail server works, and what the server says."""

from __future__ import annotations

import secrets

import click

from folios import clock
from frontoffice.config import Settings
from frontoffice.language import gettext as _
from frontoffice.mail import MailServerMissing
from frontoffice.mail_line import compose, hand_over, read_address
from frontoffice.mail_texts import TEST_SUBJECT, TEST_TEXT


@click.group()
def mail() -> None:
    """Mail: try the line to the mail server."""


@mail.command()
@click.argument("address")
@click.pass_context
def test(ctx: click.Context, address: str) -> None:
    """Send a mail to ADDRESS now, by the settings, past the queue; says why where it is not taken."""
    settings = ctx.ensure_object(Settings)
    recipient = read_address(address)
    server = settings.mail
    if server is None:
        raise MailServerMissing
    message = compose(
        server,
        recipient,
        _(TEST_SUBJECT),
        _(TEST_TEXT, server=server.name),
        token=secrets.token_hex(12),
        at=clock.now(),
    )
    hand_over(server, recipient, message)
    told = _("{server} took the mail from {sender} to {recipient}.")
    click.echo(told.format(server=server.name, sender=server.sender, recipient=recipient))
    click.echo(message["Message-ID"])

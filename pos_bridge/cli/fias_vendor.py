"""`frontoffice fias-vendor`: the other side of a link, played from a script, to see whether a line works.

It needs no database. Exit status: 0 every expectation was met, 1 one was not, 2 refused (no such script, no line).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from folios.errors import N_, Refusal
from frontoffice.language import gettext as _
from pos_bridge.fias import vendor_script
from pos_bridge.fias.spelling import is_code_page
from pos_bridge.fias.vendor_script import STEPS, read_script
from pos_bridge.fias_links.lines import LineTrouble
from pos_bridge.fias_links.seam import SERIAL, LinkFacts
from pos_bridge.fias_links.serial_port import SerialPort
from pos_bridge.fias_links.vendor import Player, TcpClient, VendorNoLine, Wire

SCRIPTS = Path(vendor_script.__file__).with_name("scripts")
UNMET = 1


class ScriptUnknown(Refusal):
    code = "vendor.script_unknown"
    message = N_("There is no script {name}. Give a file, or one of: {known}.")


class CodePageUnknown(Refusal):
    code = "vendor.code_page_unknown"
    message = N_("{name} is no code page. Give one such as cp1252, cp850 or utf-8.")


@click.command("fias-vendor", epilog=f"\b\nThe steps of a script:\n\b\n{STEPS}".replace("\n\n", "\n\n\b\n"))
@click.argument("script")
@click.option("--host", default="127.0.0.1", show_default=True, help="Where the hotel listens.")
@click.option("--port", default=5010, show_default=True, type=click.IntRange(1, 65535))
@click.option(
    "--serial", "device", metavar="URL", help="A serial line instead: a device, socket://... or rfc2217://..."
)
@click.option("--baud", default=9600, show_default=True, type=click.IntRange(300, 921_600))
@click.option("--data-bits", default="8", show_default=True, type=click.Choice(["7", "8"]))
@click.option("--parity", default="N", show_default=True, type=click.Choice(["N", "E", "O"]))
@click.option("--check/--no-check", default=True, help="Whether the serial line has check bytes (LRC).")
@click.option("--encoding", default="cp1252", show_default=True, help="The code page of the link.")
@click.option("--decimals", default=2, show_default=True, type=click.IntRange(0, 4), help="Of amounts, as told here.")
@click.option("--set", "given", multiple=True, metavar="NAME=VALUE", help="A name of the script; as many as there are.")
@click.option("--within", default=30.0, show_default=True, type=click.FloatRange(0.1, 600), help="Seconds of patience.")
@click.option("--number", default=0, type=click.IntRange(0, 99_999_999), help="The posting number used last.")
def fias_vendor(
    script: str,
    host: str,
    port: int,
    device: str | None,
    baud: int,
    data_bits: str,
    parity: str,
    check: bool,
    encoding: str,
    decimals: int,
    given: Sequence[str],
    within: float,
    number: int,
) -> None:
    """Play a till, a telephone exchange or a minibar against a hotel's link, and tell what is said.

    SCRIPT is a file, or one of the scripts that come along: till, exchange, minibar, day (a bit of everything). It says
    what is sent and what is expected, a step a line; `frontoffice fias-vendor till --set room=204` charges room 204.
    """
    if not is_code_page(encoding):
        raise CodePageUnknown(name=encoding)
    steps = read_script(_text_of(script))
    wire: Wire = TcpClient(host, port)
    if device is not None:
        facts = LinkFacts(
            0, "vendor", way=SERIAL, device=device, baud=baud, data_bits=int(data_bits), parity=parity, check=check
        )
        wire = SerialPort(facts)
    names = dict(each.partition("=")[::2] for each in given)
    player = Player(steps, wire, click.echo, encoding, decimals, device is not None, names, number, within)
    try:
        met = player.play()
    except LineTrouble as trouble:
        raise VendorNoLine(place=device or f"{host}:{port}", cause=trouble.params["cause"]) from None
    click.echo(
        _("Every expectation was met.") if met else _("Expectations not met: {count}.", count=len(player.failures))
    )
    if not met:
        raise click.exceptions.Exit(UNMET)


def _text_of(script: str) -> str:
    known = {path.stem: path for path in SCRIPTS.glob("*.txt")}
    path = Path(script) if Path(script).is_file() else known.get(script)
    if path is None:
        raise ScriptUnknown(name=script, known=", ".join(sorted(known)))
    return path.read_text("utf-8")

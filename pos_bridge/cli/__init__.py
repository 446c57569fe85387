"""The commands of the bridge."""

COMMANDS: dict[str, str] = {
    "fias-vendor": "pos_bridge.cli.fias_vendor:fias_vendor",
    "pos-link": "pos_bridge.cli.pos_link:pos_link",
    "print-worker": "pos_bridge.cli.print_worker:print_worker",
    "terminal": "pos_bridge.cli.terminal:terminal",
    "terminal-key": "pos_bridge.cli.terminal_key:terminal_key",
}

"""The commands of the bridge."""

COMMANDS: dict[str, str] = {"terminal": "pos_bridge.cli.terminal:terminal"}

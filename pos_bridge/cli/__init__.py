"""The commands of the bridge."""

COMMANDS = {"terminal-key": "pos_bridge.cli.terminal_key:terminal_key"}

"""The commands of the bridge."""

COMMANDS: dict[str, str] = {}

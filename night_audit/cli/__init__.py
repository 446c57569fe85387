"""The night audit's commands; see `frontoffice.cli` for how they are gathered."""

COMMANDS = {
    "demo": "night_audit.cli.demo:demo",
    "night-audit": "night_audit.cli.night_audit:night_audit",
    "replay": "night_audit.cli.replay:replay",
    "scheduler": "night_audit.cli.scheduler:scheduler",
}

"""The night audit's commands; see `frontoffice.cli` for how they are gathered."""

COMMANDS = {
    "close-day": "night_audit.cli.close_day:close_day",
    "demo": "night_audit.cli.demo:demo",
    "replay": "night_audit.cli.replay:replay",
    "report": "night_audit.cli.report:report",
}

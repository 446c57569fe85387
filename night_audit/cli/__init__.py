"""The night audit's commands; see `frontoffice.cli` for how they are gathered."""

COMMANDS = {
    "close-day": "night_audit.cli.close_day:close_day",
    "demo": "night_audit.cli.demo:demo",
    "ledger-export": "night_audit.cli.ledger_export:ledger_export",
    "replay": "night_audit.cli.replay:replay",
    "report": "night_audit.cli.report:report",
}

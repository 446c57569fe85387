"""The night audit's commands; see `frontoffice.cli` for how they are gathered."""

COMMANDS = {
    "demo": "night_audit.cli.demo:demo",
    "generate": "night_audit.cli.generate:generate",
    "ledger-export": "night_audit.cli.ledger_export:ledger_export",
    "night-audit": "night_audit.cli.night_audit:night_audit",
    "replay": "night_audit.cli.replay:replay",
    "report": "night_audit.cli.report:report",
    "scheduler": "night_audit.cli.scheduler:scheduler",
}

"""The forms of the night audit and the reports, a module per noun."""

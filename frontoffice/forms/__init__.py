"""The forms of the desk, a module per noun. What a form reads is checked by the rule it is read for, not here."""

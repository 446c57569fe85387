"""The forms of the bridge, a module per noun."""

"""The tables of the bridge, a module per noun. Rules stand with their verbs, one floor of files above."""

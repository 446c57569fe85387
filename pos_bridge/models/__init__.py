"""The tables of the bridge, a module per noun. Rules stand with their verbs, one floor of files above."""

from pos_bridge.models import links, messages, outlets, printing

__all__ = ["links", "messages", "outlets", "printing"]

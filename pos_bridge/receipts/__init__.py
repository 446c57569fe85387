"""Slips on paper: from facts to lines, from lines to their places, from those to the bytes of a printer or a picture.

`templates` says what stands on a slip, `layout` where, `encoding` makes the printer's bytes of it and `picture` looks
at such bytes. Nothing here knows a database, a queue or a line to a printer; facts are those of `pos_bridge.slips`.
"""

"""FIAS, the protocol that tills, telephone exchanges, minibars and televisions speak to a hotel's front office.

Pure code: bytes, records and what a link does with them. No sockets, no database and no clock live here; the moment is
a parameter. What a record means to the hotel is answered elsewhere in the bridge.

From the bytes up: `framing` and `serial_line` cut records out of a line, `records` reads and writes them, `link` knows
what may be said when, `vocabulary` names records and fields, `meaning` tells a record in words, `values` and `answers`
hold what stands in the fields.
"""

"""The house behind the links: what each record of an outlet's system does here, and what the systems are told.

`pos_bridge.link_hotel` is what running links call: the `fias_links.seam.Hotel` of a database. A record goes from there
through the table of `handlers` to the module of its noun: `postings` (read by `checks_read`), `inquiries`, `bills`, and
what rooms say (`rooms_told`). Each of these takes a `Call`, opens the units of work it needs through the core of the
bridge, and answers with records; what the other side did not ask for is cut off by the link. News goes out by
`outbox`, a resync by `resync`.

Never twice: a posting's answer is stored in the transaction of the charge (`received`); the same posting again gets it.
"""

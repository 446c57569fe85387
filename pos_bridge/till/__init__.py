"""The other end of the interface: a small till that speaks it over HTTP, with a queue that outlives a power cut.

It knows the interface by its document alone, nothing of the hotel's database, and could be run anywhere.
"""

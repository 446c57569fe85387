"""A hotel to look at: sixty rooms, a month of business days behind it, and a morning with everything a desk meets.

All of it comes about by the rules a real hotel uses, posting by posting and night by night; only the dice are loaded,
so that it comes out the same each time for the same day. `hotel.py` sets it up, `plan.py` decides who comes when,
`month.py` plays the days, `today.py` lays out the open one, `making.py` keeps a half-made hotel from being shown.
"""

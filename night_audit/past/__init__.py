"""A hotel of any size with years behind it, made for measuring and training: `frontoffice generate`.

What is set up once goes through the rules (`house.py`); who comes and goes is drawn beforehand (`plan.py`); what
happens on a day is written in sets (`happenings.py`, `journal.py`, `rows.py`), and each night is closed and sealed by
the same functions as the real audit (`making.py`). So the books are those of a hotel that lived through it, and
`frontoffice verify` holds.
"""

"""The ledger: money, business day, folios, vouchers, postings and the audit trail.

The ground floor of the house. Nothing here knows of stays, rooms, users, HTTP or printers;
a posting carries its operator and its outside reference as plain text.
"""

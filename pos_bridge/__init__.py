"""The bridge to the outlets' terminals: who is in a room, may they charge, and the charge itself.

A door on the top floor. It will hold the links to restaurant, bar, spa, minibar and telephone systems, the queue of
what could not be placed, and the receipts. It is not among the modules of `frontoffice.app` yet; a hotel runs without.
"""

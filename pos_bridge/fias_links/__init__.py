"""Links in motion: ports and serial lines opened, records carried between them and the hotel, one thread for each link.

What is said and when is `pos_bridge.fias`; what a record means to the hotel is behind `seam.Hotel`. Nothing here reads
or writes the database by itself.
"""

"""The words of the mails that the front office itself sends."""

from folios.errors import N_

TEST_SUBJECT = N_("Test mail")
TEST_TEXT = N_("This mail shows that the hotel's program can send mail by {server}.\n\nNobody has to do anything.\n")

"""Notices: the mail that leaves the house, written in the reader's language, read from the outbox."""

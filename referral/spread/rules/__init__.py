"""Decide everything about a spread from plain values: no database, clock, settings or wording."""

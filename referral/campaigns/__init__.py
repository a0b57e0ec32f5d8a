"""Campaigns: one story each, told in several languages, with its dates and the terms promised."""

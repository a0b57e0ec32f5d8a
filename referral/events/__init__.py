"""Exhibitions: places, passes, scans, and credit at the door."""

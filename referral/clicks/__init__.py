"""Clicks: visits to links, human or not; never thrown away, counted by rule."""

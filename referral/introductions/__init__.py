"""Introductions: A told B, the edges of the spread; and how somebody who was told becomes a fan."""

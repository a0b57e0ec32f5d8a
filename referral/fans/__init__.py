"""Fans: people in campaigns, the nodes of the spread."""

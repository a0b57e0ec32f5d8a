"""Brands: whose stories spread; staff accounts, their roles, and the keys of programs."""

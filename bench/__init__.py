"""Benchmarks, run by `make bench`: how fast people join, sales come in, and the campaign's page is there."""

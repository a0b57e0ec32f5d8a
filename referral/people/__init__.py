"""People: humans known to a brand, each once; the only home of names, mail addresses and phone numbers."""

"""Credits: the double-entry ledger of who earned what, for which sale, by which rule."""

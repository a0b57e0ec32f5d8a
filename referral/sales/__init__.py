"""Sales: what a fan's word became worth, whose word it was, and what was refunded."""

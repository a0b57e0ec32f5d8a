"""What is decided at a door, and how passes are written: pure, without a database or a clock."""

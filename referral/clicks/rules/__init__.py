"""What is decided about visits, in pure functions: read a link, judge a visitor, write and read a journal, settle."""

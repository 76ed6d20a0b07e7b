"""What a connection's service really does: walked through beside what is assumed of it, and recorded."""

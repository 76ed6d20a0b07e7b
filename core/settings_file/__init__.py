"""What people set up (plans, rules, channels, views …) as one file, to keep and compare and apply again."""

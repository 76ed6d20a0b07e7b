"""What the pages of several families share; it imports no family."""

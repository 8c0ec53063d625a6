"""What people decide: who is on the roster, their accounts, and which pictures are real."""

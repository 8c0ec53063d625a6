"""A person's word: who is on the roster, their accounts, and what counts as a picture."""

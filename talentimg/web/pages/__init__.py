"""The admin page: HTML for people, each page beside the JSON that says the same."""

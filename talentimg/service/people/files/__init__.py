"""Files that people bring: rosters from spreadsheets and programs, and tokens."""

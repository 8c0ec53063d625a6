"""Moving house: whole rosters and their pictures, to another place or into one archive and back."""

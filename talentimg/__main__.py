"""`python -m talentimg`."""

from talentimg.cli import main

if __name__ == "__main__":
    main()

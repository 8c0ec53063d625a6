"""Examples of every command, for its `--help` and for the reference: what people most often want of it.

A test parses each of them, so that none names an option that is gone.
"""

from __future__ import annotations

from typing import Final

EXAMPLES: Final = {
    "sync": (
        ("talentimg sync ada", "look at one talent now"),
        ("talentimg sync ada grace --json", "two of them, an object each"),
        ("talentimg sync ada --force", "fetch the picture again, even an unchanged one"),
    ),
    "sync-all": (
        ("talentimg sync-all", "everybody who is due, at most 200"),
        ("talentimg sync-all --quiet", "for a crontab: silent when all is well"),
        ("talentimg sync-all --dry-run --all", "what would change, without writing anything"),
        ("talentimg sync-all --json > night.jsonl", "one object per talent, and a summary last"),
    ),
    "show": (
        ("talentimg show ada", "the picture and where it comes from"),
        ("talentimg show ada --why", "who was asked, and what each one answered"),
        ("talentimg show ada --json", "all of it, for a program"),
    ),
    "placeholders": (
        ("talentimg placeholders", "pictures that several people have"),
        ("talentimg placeholders --allow 9f86d081884c", "one of them is a real picture"),
    ),
    "recrop": (
        ("talentimg recrop --dry-run", "how many stored pictures would change"),
        ("talentimg recrop --limit 100", "cut a hundred of them anew"),
    ),
    "add": (
        ('talentimg add "Ada Lovelace"', "the id is made from the name"),
        ('talentimg add "Ada Lovelace" --id ada --github ada-lovelace', "with an account"),
    ),
    "import": (
        ("talentimg import roster.xlsx --dry-run", "what a file would change"),
        ("talentimg import roster.csv", "add and update everybody in a file"),
        ("talentimg import roster.csv --allow-losses 20", "although twenty pictures go"),
    ),
    "list": (
        ("talentimg list", "the roster, and where each picture comes from"),
        ("talentimg list --without-picture --ids", "who shows initials, for the next command"),
        ("talentimg list --json", "one object per talent"),
    ),
    "connect": (
        ("talentimg connect ada bluesky ada.bsky.social", "connect an account, and look at it"),
        ("talentimg connect ada https://github.com/ada-lovelace", "the address tells the platform"),
        ("talentimg connect ada instagram ada --token-file token.json", "with the talent's own token"),
    ),
    "disconnect": (("talentimg disconnect ada bluesky", "its picture is no longer shown, at once"),),
    "runs": (
        ("talentimg runs", "the latest runs of sync-all"),
        ("talentimg runs 20261129-020000-4a03", "one of them in detail"),
        ("talentimg runs --limit 1 --json", "the latest, for a program"),
    ),
    "migrate": (
        ("talentimg migrate --status", "where the store stands"),
        ("talentimg migrate --sql", "what would run, without running it"),
        ("talentimg migrate", "bring the store up to date"),
    ),
    "config": (
        ("talentimg config", "every setting, and where it comes from"),
        ("talentimg config --check", "whether all of them can work"),
    ),
    "demo": (
        ("talentimg demo", "see it at work"),
        ("talentimg demo --keep-running", "and play with it afterwards"),
    ),
    "serve": (
        ("talentimg serve", "pictures and health at http://127.0.0.1:8000"),
        ("talentimg serve --host 0.0.0.0 --port 80", "for the other machines, too"),
        ("talentimg serve --root-path /images --quiet", "behind a proxy, without a line a request"),
    ),
    "tokens": (
        ("talentimg tokens", "who may ask the server, and for what"),
        ("talentimg tokens --make grafana --scope read", "a token, which is printed this once"),
        ("talentimg tokens --revoke grafana", "good for nothing from now on"),
    ),
}
"""By command: what to type, and what it does."""


def examples(name: str) -> str:
    """The examples of a command as its help shows them."""
    return "\n".join(f"   # {meaning}\n   {words}" for words, meaning in EXAMPLES[name])

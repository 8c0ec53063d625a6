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
    "review": (
        ("talentimg review", "what waits, with both pictures side by side"),
        ("talentimg review --json", "the same, for a program"),
        ("talentimg review approve ada grace", "show these pictures at once"),
        ("talentimg review approve ada --hash 9f86d081884c", "this one and no newer one"),
        ("talentimg review reject ada --why 'not her'", "it does not come back"),
    ),
    "accept": (
        ("talentimg accept ada instagram", "she has a new account under the old name"),
        ("talentimg accept ada instagram --yes --why 'called her'", "without a question"),
    ),
    "placeholders": (
        ("talentimg placeholders", "pictures that several people have, and those that were named"),
        ("talentimg placeholders --allow 9f86d081884c", "one of them is a real picture"),
        ("talentimg placeholders allow 9f86d081884c --by eve", "the same, said by somebody else"),
        (
            "talentimg placeholders add logo.png --name 'our logo' --why 'nobody is one'",
            "refuse it for everybody",
        ),
        ("talentimg placeholders add ada", "refuse what is shown for her"),
        ("talentimg placeholders remove 9f86d081884c --why 'it is her own'", "that was a mistake"),
        ("talentimg placeholders history", "who said what of them, and why"),
        ("talentimg placeholders list --json", "the list, for a program"),
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
        ("talentimg import --undo", "take the last import back"),
    ),
    "list": (
        ("talentimg list", "the roster, and where each picture comes from"),
        ("talentimg list --without-picture --ids", "who shows initials, for the next command"),
        ("talentimg list --state needs-you --state stale", "who needs somebody, or was left out by the runs"),
        ("talentimg list --older-than 3d --sort age", "who was not looked at for three days, oldest first"),
        ("talentimg list --json", "one object per talent"),
    ),
    "edit": (
        ('talentimg edit ada --name "Ada King" --why "she married"', "a new name"),
        ('talentimg edit ada --avatar-url=""', "no avatar of her own any more"),
    ),
    "export": (
        ("talentimg export roster.csv", "for a spreadsheet, and for import"),
        ("talentimg export backup.zip", "with the pictures, and those that people chose"),
        ("talentimg export team.vcf", "cards with photos, for address books"),
        ("talentimg export --format json > roster.json", "for another program"),
    ),
    "connect": (
        ("talentimg connect ada bluesky ada.bsky.social", "connect an account, and look at it"),
        ("talentimg connect ada https://github.com/ada-lovelace", "the address tells the platform"),
        ("talentimg connect ada instagram ada --token-file token.json", "with the talent's own token"),
    ),
    "disconnect": (
        ("talentimg disconnect ada bluesky", "its picture is no longer shown, at once"),
        ('talentimg disconnect ada bluesky --why "she left it"', "and the history tells why"),
    ),
    "set": (
        ("talentimg set ada portrait.jpg", "show this picture, until it is unset"),
        ("talentimg set ada https://agency.example/ada.jpg", "the one at an address"),
        ("talentimg set ada -", "the one that another program writes to our stdin"),
        ("talentimg set ada portrait.jpg --crop 120,40,600", "only this square of it"),
        ("talentimg set ada --from tiktok", "the one that is stored of another source"),
    ),
    "unset": (("talentimg unset ada", "the sources decide again"),),
    "lock": (
        ("talentimg lock ada", "what is shown stays"),
        ('talentimg lock ada --until 3w --why "until the premiere"', "for three weeks"),
        ("talentimg lock ada --until 2026-12-24T18:00", "until a time, in UTC"),
    ),
    "unlock": (("talentimg unlock ada", "the sources decide again"),),
    "order": (
        ("talentimg order ada youtube,instagram", "YouTube first, then Instagram, then the others"),
        ("talentimg order ada --default", "as for everybody else"),
    ),
    "opt-out": (
        ("talentimg opt-out ada --platform tiktok", "nothing from TikTok, at once"),
        ('talentimg opt-out ada --why "asked by mail"', "no picture at all: initials"),
    ),
    "opt-in": (
        ("talentimg opt-in ada --platform tiktok", "TikTok is asked again"),
        ("talentimg opt-in ada", "she wants a picture again"),
    ),
    "history": (
        ("talentimg history ada", "what was shown, and who said what"),
        ("talentimg history ada --limit 5 --no-pictures", "the latest five, in words"),
        ("talentimg history ada --json", "one object per line"),
    ),
    "rollback": (
        ("talentimg rollback ada", "the picture before, and it stays"),
        ("talentimg rollback ada --to 12", "version 12 of the history"),
    ),
    "merge": (("talentimg merge ada-2 ada", "what ada lacks moves there, and ada-2 goes"),),
    "remove": (
        ("talentimg remove ada", "off the roster, with history and pictures"),
        ("talentimg remove ada grace --yes", "two of them, without being asked"),
    ),
    "forget": (
        ("talentimg forget ada", "everything about a talent, for good"),
        ("talentimg forget ada --platform instagram", "only what is of one platform"),
        ("talentimg forget ada --yes --json > proof.json", "with the proof, for the records"),
    ),
    "remember": (("talentimg remember ada", "an import may bring them back"),),
    "runs": (
        ("talentimg runs", "the latest runs of sync-all"),
        ("talentimg runs 20261129-020000-4a03", "one of them in detail"),
        ("talentimg runs --limit 1 --json", "the latest, for a program"),
        ("talentimg runs --stop", "let the run in progress finish what it has begun, and end"),
    ),
    "changes": (
        ("talentimg changes", "all that happened, oldest first"),
        ("talentimg changes --since 17 --json", "what came after, for a program that follows"),
        ("talentimg changes --since latest --json", "where to begin if only what comes counts"),
    ),
    "digest": (
        ("talentimg digest", "what happened in a day"),
        ("talentimg digest --since 7d --html > week.html", "a week, as a page with pictures"),
        ("talentimg digest --email > night.eml", "a whole message, to be piped into sendmail"),
        ("talentimg digest --slack", "text for a Slack channel"),
    ),
    "webhooks": (
        ("talentimg webhooks", "who is told what happens"),
        ("talentimg webhooks add https://crm.example/hooks/talentimg", "tell it everything"),
        (
            "talentimg webhooks add https://site.example/hook --event picture.changed --event picture.lost",
            "pictures alone",
        ),
        ("talentimg webhooks rotate wh_0123456789ab", "another secret, without a gap"),
        ("talentimg webhooks log --limit 50", "what became of deliveries"),
        ("talentimg webhooks deliver", "deliver what waits, without a worker"),
        ("talentimg webhooks remove wh_0123456789ab", "tell it nothing any more"),
    ),
    "platforms": (
        ("talentimg platforms", "how each stands, its pace and quota, and its latest seven nights"),
        ("talentimg platforms --json", "the same for programs"),
    ),
    "sweep": (
        ("talentimg sweep", "remove what nobody needs any more"),
        ("talentimg sweep --json", "the numbers, for a program"),
    ),
    "schedule": (
        ("talentimg schedule", "a line for a crontab, for 02:00 UTC in any zone"),
        ("talentimg schedule --install", "put it into yours"),
        ("talentimg schedule systemd --install", "a timer of your own, which makes up for a night asleep"),
        ("talentimg schedule --check", "whether it is there, and as it would be today"),
        ("talentimg schedule github > .github/workflows/talentimg.yml", "for a repository"),
    ),
    "copy": (
        ("talentimg copy --to postgresql:///roster", "the roster on Postgres, from its file"),
        ("talentimg copy --to sqlite:////srv/roster.db", "and back into a file"),
        ("talentimg copy --to postgresql:///roster --replace", "once more, for what was written since"),
        ("talentimg copy --to postgresql:///agency --missing add", "beside an app that lacks some of them"),
    ),
    "images": (
        ("talentimg images", "where the pictures lie, and how many files there are"),
        ("talentimg images copy --to s3://my-bucket/talents", "from a folder into a bucket"),
        ("talentimg images copy --to file:///srv/pictures --json", "into a folder, told to a program"),
    ),
    "backup": (
        ("talentimg backup roster.zip", "everything but tokens"),
        ("talentimg backup roster.zip --with-secrets", "with tokens: for moving house"),
    ),
    "restore": (
        ("talentimg restore roster.zip", "on an empty machine"),
        ("talentimg restore roster.zip --replace", "over the roster that is there"),
    ),
    "migrate": (
        ("talentimg migrate --status", "where the store stands"),
        ("talentimg migrate --sql", "what would run, without running it"),
        ("talentimg migrate", "bring the store up to date"),
    ),
    "doctor": (
        ("talentimg doctor", "is everything well, and what needs me"),
        ("talentimg doctor --fix", "heal what can be healed"),
        ("talentimg doctor --quiet", "for a crontab: silent when nothing needs anybody"),
        ("talentimg doctor --deep --json", "every picture read, for a monitor"),
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
    "worker": (
        ("talentimg worker", "look at whom the app changes, and at everybody due at night"),
        ("talentimg worker --once", "only what there is to do now, for a crontab"),
        ("talentimg worker --engine procrastinate", "the same as jobs that one can look at"),
        ("talentimg worker --status", "who lives, what waits, and when the next night is"),
    ),
    "workers": (
        ("talentimg workers", "which workers live, and what each is doing"),
        ("talentimg workers --json", "the same for programs"),
    ),
}
"""By command: what to type, and what it does."""


def examples(path: str) -> str:
    """The examples of a command as its help shows them; `path` is how it is called, `talentimg show`."""
    fitting = (
        (words, meaning) for words, meaning in EXAMPLES[path.split()[1]] if f"{words} ".startswith(f"{path} ")
    )
    return "\n".join(f"   # {meaning}\n   {words}" for words, meaning in fitting)

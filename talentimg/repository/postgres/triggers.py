"""The triggers on the app's tables that write down whom the app has changed: their names and their SQL.

Nothing of ours may break or delay a write of the app's. So all that they do stands in a block that takes
every error; they wait for a lock for a tenth of a second at most, and for another's transaction never: a wish
that another transaction has noted and not committed is noted once more, as that one may roll back. They call
nobody with NOTIFY unless a worker asks for it, as a full queue of it would fail the app's COMMIT.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from talentimg.repository.app_names import ACCOUNT, TALENT, USER
from talentimg.repository.naming import OWN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from talentimg.repository.app_names import AppNames

CHANNEL: Final = "talentimg_wishes"
"""What a worker that asks for it is notified on."""

NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    ACCOUNT: ("talentimg_account_added", "talentimg_account_changed", "talentimg_account_removed"),
    USER: ("talentimg_avatar_changed",),
}
"""By the app's table, by our name: the triggers on it."""

FUNCTIONS: Final = ("wish(text[])", "account_changed()", "avatar_changed()")

# Of those that are there and fire, by the app's table; and what our functions were made of.
PRESENT: Final = b"""
SELECT c.relname::text AS table, t.tgname::text AS name,
    pg_catalog.obj_description(t.tgfoid, 'pg_proc') AS made_of
FROM pg_catalog.pg_trigger AS t
JOIN pg_catalog.pg_class AS c ON c.oid = t.tgrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = %(schema)s AND c.relname = ANY(%(tables)s) AND t.tgname = ANY(%(names)s)
    AND t.tgenabled IN ('O', 'A')
"""

_HEAD: Final = """
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '100ms'
"""

# A wish that stands there and that nobody is taking will do. It is held until this transaction ends, so that
# nobody looks before what it stands for is to be seen.
_WISH: Final = f"""
CREATE OR REPLACE FUNCTION {OWN}.wish(who text[]) RETURNS void {_HEAD}
AS $talentimg$
DECLARE held text[] := '{{}}';
BEGIN
    IF who IS NULL THEN RETURN; END IF;
    BEGIN
        SELECT coalesce(array_agg(h.talent_id), '{{}}') INTO held FROM (
            SELECT w.talent_id FROM {OWN}.wishes AS w WHERE w.talent_id = ANY (who) AND w.due_at IS NULL
            FOR KEY SHARE SKIP LOCKED
        ) AS h;
    EXCEPTION WHEN serialization_failure THEN held := '{{}}';
    END;
    INSERT INTO {OWN}.wishes (talent_id) SELECT x FROM unnest(who) AS x WHERE x <> ALL (held);
    IF EXISTS (SELECT FROM {OWN}.workers AS l WHERE l.listens_until > clock_timestamp()) THEN
        PERFORM pg_notify('{CHANNEL}', '');
    END IF;
END $talentimg$
"""  # noqa: S608  our own names

_FUNCTION: Final = f"""
CREATE OR REPLACE FUNCTION {OWN}.{{name}}() RETURNS trigger {_HEAD}
AS $talentimg$
DECLARE who text[];
BEGIN
    BEGIN
        {{body}}
        PERFORM {OWN}.wish(who);
    EXCEPTION WHEN OTHERS THEN
        RAISE LOG 'talentimg: a change was not noted: % %', SQLSTATE, SQLERRM;
    END;
    RETURN NULL;
END $talentimg$
"""

_ACCOUNT_CHANGED: Final = """
        IF TG_OP = 'DELETE' THEN
            SELECT array_agg(DISTINCT o.{creator}::text) INTO who FROM old_rows AS o WHERE o.connected;
        ELSIF TG_OP = 'INSERT' THEN
            SELECT array_agg(DISTINCT n.{creator}::text) INTO who FROM new_rows AS n WHERE n.connected;
        ELSE
            SELECT array_agg(DISTINCT x.id) INTO who
            FROM old_rows AS o FULL JOIN new_rows AS n ON n.id::text = o.id::text
            CROSS JOIN LATERAL (VALUES (o.{creator}::text), (n.{creator}::text)) AS x(id)
            WHERE x.id IS NOT NULL AND (o.connected OR n.connected)
                AND (o.connected, lower(o.platform::text), lower(o.handle::text), o.{creator}::text)
                    IS DISTINCT FROM
                    (n.connected, lower(n.platform::text), lower(n.handle::text), n.{creator}::text);
        END IF;"""
# A session keeps the plan of the first call, whether one row was changed then or all: a full join is never a
# loop of loops. And talents are found by a literal, which is of the type that ids have and uses their index.
_AVATAR_CHANGED: Final = """
        SELECT array_remove(array_agg(n.id::text), NULL) INTO who
        FROM old_rows AS o FULL JOIN new_rows AS n ON n.id::text = o.id::text
        WHERE o.{avatar} IS DISTINCT FROM n.{avatar};
        IF who IS NULL THEN RETURN NULL; END IF;
        EXECUTE {find} || quote_literal(who::text) || ')' INTO who;"""
_FIND: Final = "SELECT array_agg(DISTINCT t.id::text) FROM {talents} AS t WHERE t.{user} = ANY ("

# What we write ourselves says so (see `WRITE` of `connection`).
_TRIGGER: Final = f"""
CREATE TRIGGER {{name}} AFTER {{event}} ON {{table}} REFERENCING {{rows}} FOR EACH STATEMENT
WHEN (coalesce(current_setting('talentimg.own', true), '') = '')
EXECUTE FUNCTION {OWN}.{{function}}()
"""
_OLD: Final = "OLD TABLE AS old_rows"
_NEW: Final = "NEW TABLE AS new_rows"


def functions(schema: str, names: AppNames) -> list[str]:
    """The statements that make the functions, for tables and columns that the app calls so.

    Args:
        schema: that of the app's tables.
        names: what the app calls its tables and columns.
    """
    account = _ACCOUNT_CHANGED.format(creator=_quoted(names.column("creatorId")))
    find = _FIND.format(
        talents=f"{_quoted(schema)}.{_quoted(names.table(TALENT))}", user=_quoted(names.column("userId"))
    )
    avatar = _AVATAR_CHANGED.format(
        avatar=_quoted(names.column("avatarUrl")), find="'" + find.replace("'", "''") + "'"
    )
    made = (("account_changed", account), ("avatar_changed", avatar))
    closed = (f"REVOKE ALL ON FUNCTION {OWN}.{one} FROM PUBLIC" for one in FUNCTIONS)
    return [_WISH, *(_FUNCTION.format(name=name, body=body) for name, body in made), *closed]


def triggers(schema: str, names: AppNames) -> list[str]:
    """The statements that make the triggers, once the functions are there."""
    added, changed, removed = NAMES[ACCOUNT]
    (avatar,) = NAMES[USER]
    wanted = (
        (ACCOUNT, added, "INSERT", _NEW, "account_changed"),
        (ACCOUNT, changed, "UPDATE", f"{_OLD} {_NEW}", "account_changed"),
        (ACCOUNT, removed, "DELETE", _OLD, "account_changed"),
        (USER, avatar, "UPDATE", f"{_OLD} {_NEW}", "avatar_changed"),
    )
    return [
        _TRIGGER.format(
            name=name,
            event=event,
            table=f"{_quoted(schema)}.{_quoted(names.table(table))}",
            rows=rows,
            function=function,
        )
        for table, name, event, rows, function in wanted
    ]


def values(schema: str, names: AppNames) -> dict[str, object]:
    """What `PRESENT` is asked with."""
    return {
        "schema": schema,
        "tables": [names.table(ours) for ours in NAMES],
        "names": [name for of_table in NAMES.values() for name in of_table],
    }


def wanted(names: AppNames) -> set[tuple[str, str]]:
    """The app's table and the name of each trigger that belongs there."""
    return {(names.table(ours), name) for ours, of_table in NAMES.items() for name in of_table}


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'

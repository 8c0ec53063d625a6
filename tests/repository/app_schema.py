"""The database of an agency's app, as Prisma makes it, with rows: what we are pointed at.

Ours are none of its names. It has tables and columns that we know nothing of, arrays, an enum, its
own migrations table, and a trigger that tells when a row of `Talent` is changed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from psycopg import sql

from tests.postgres import connect

if TYPE_CHECKING:
    from collections.abc import Iterable

SCHEMA = """
CREATE TYPE "Role" AS ENUM ('ADMIN', 'AGENT', 'TALENT');
CREATE TABLE "User" (
    "id" TEXT NOT NULL,
    "email" TEXT NOT NULL,
    "name" TEXT,
    "avatarUrl" TEXT,
    "role" "Role" NOT NULL DEFAULT 'TALENT',
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMP(3) NOT NULL,
    CONSTRAINT "User_pkey" PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "User_email_key" ON "User" ("email");
CREATE TABLE "Talent" (
    "id" TEXT NOT NULL,
    "userId" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "displayName" TEXT,
    "categories" TEXT[],
    "rates" JSONB NOT NULL DEFAULT '{}',
    "commission" DECIMAL(65, 30) NOT NULL DEFAULT 20,
    "status" TEXT NOT NULL DEFAULT 'ACTIVE',
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMP(3) NOT NULL,
    CONSTRAINT "Talent_pkey" PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "Talent_userId_key" ON "Talent" ("userId");
CREATE INDEX "Talent_status_idx" ON "Talent" ("status");
CREATE TABLE "SocialAccountConnection" (
    "id" TEXT NOT NULL,
    "creatorId" TEXT NOT NULL,
    "platform" TEXT NOT NULL,
    "handle" TEXT NOT NULL,
    "profileUrl" TEXT,
    "connected" BOOLEAN NOT NULL DEFAULT false,
    "connectionType" TEXT NOT NULL DEFAULT 'manual',
    "syncStatus" TEXT NOT NULL DEFAULT 'PENDING',
    "accessToken" TEXT,
    "refreshToken" TEXT,
    "expiresAt" TIMESTAMP(3),
    "lastSyncedAt" TIMESTAMP(3),
    "syncError" TEXT,
    "metadata" JSONB,
    "scopes" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMP(3) NOT NULL,
    CONSTRAINT "SocialAccountConnection_pkey" PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "SocialAccountConnection_creatorId_platform_key"
    ON "SocialAccountConnection" ("creatorId", "platform");
CREATE TABLE "SocialProfile" (
    "id" TEXT NOT NULL,
    "connectionId" TEXT NOT NULL,
    "platform" TEXT NOT NULL,
    "externalId" TEXT,
    "profileImageUrl" TEXT,
    "followerCount" INTEGER,
    "updatedAt" TIMESTAMP(3) NOT NULL,
    CONSTRAINT "SocialProfile_pkey" PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "SocialProfile_connectionId_key" ON "SocialProfile" ("connectionId");
CREATE TABLE "Booking" (
    "id" SERIAL NOT NULL,
    "talentId" TEXT NOT NULL,
    "fee" DOUBLE PRECISION,
    CONSTRAINT "Booking_pkey" PRIMARY KEY ("id")
);
CREATE TABLE "_prisma_migrations" (
    "id" VARCHAR(36) NOT NULL PRIMARY KEY,
    "checksum" VARCHAR(64) NOT NULL,
    "migration_name" VARCHAR(255) NOT NULL,
    "started_at" TIMESTAMPTZ NOT NULL DEFAULT now()
);
ALTER TABLE "Talent" ADD CONSTRAINT "Talent_userId_fkey"
    FOREIGN KEY ("userId") REFERENCES "User" ("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "SocialAccountConnection" ADD CONSTRAINT "SocialAccountConnection_creatorId_fkey"
    FOREIGN KEY ("creatorId") REFERENCES "Talent" ("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "SocialProfile" ADD CONSTRAINT "SocialProfile_connectionId_fkey"
    FOREIGN KEY ("connectionId") REFERENCES "SocialAccountConnection" ("id") ON DELETE CASCADE;
ALTER TABLE "Booking" ADD CONSTRAINT "Booking_talentId_fkey"
    FOREIGN KEY ("talentId") REFERENCES "Talent" ("id") ON DELETE RESTRICT;
"""

ROWS = """
INSERT INTO "User" ("id", "email", "name", "avatarUrl", "role", "updatedAt") VALUES
    ('u1', 'ada@example.org', 'Ada', '', 'TALENT', '2026-01-01 10:00:00.123'),
    ('u2', 'bob@example.org', 'Bob', 'https://a.example/bob.png', 'TALENT', '2026-01-01 10:00:00.123'),
    ('u3', 'cid@example.org', NULL, NULL, 'AGENT', '2026-01-01 10:00:00.123');
INSERT INTO "Talent" ("id", "userId", "name", "displayName", "categories", "rates", "updatedAt") VALUES
    ('ada', 'u1', 'Augusta Ada King', 'Ada Lovelace', '{music,"a, b"}', '{"post": 100}',
        '2026-02-01 10:00:00.5'),
    ('bob', 'u2', 'Bob', NULL, NULL, '{}', '2026-02-01 10:00:00'),
    ('cid', 'u3', 'Cid', '', '{}', '{}', '2026-02-01 10:00:00');
INSERT INTO "SocialAccountConnection" ("id", "creatorId", "platform", "handle", "connected", "accessToken",
    "refreshToken", "expiresAt", "metadata", "scopes", "updatedAt") VALUES
    ('i1', 'ada', 'INSTAGRAM', '@Ada', true, 'S3CRET-access', 'S3CRET-refresh', '2026-12-01 10:00:00.5',
        '{"a": 1}', '{read}', '2026-01-01 10:00:00'),
    ('y1', 'ada', 'YouTube', 'ada', true, NULL, NULL, NULL, NULL, NULL, '2026-01-01 10:00:00'),
    ('t1', 'ada', 'tiktok', 'ada', false, NULL, NULL, NULL, NULL, NULL, '2026-01-01 10:00:00'),
    ('t2', 'cid', 'TikTok', 'cid', false, NULL, NULL, NULL, NULL, NULL, '2026-01-01 10:00:00');
INSERT INTO "SocialProfile" ("id", "connectionId", "platform", "profileImageUrl", "updatedAt") VALUES
    ('p1', 'i1', 'INSTAGRAM', 'https://stale.example/old.jpg', '2025-01-01 10:00:00');
INSERT INTO "Booking" ("talentId", "fee") VALUES ('ada', 12.5);
INSERT INTO "_prisma_migrations" VALUES ('1', 'x', 'init', '2026-01-01');
"""

OWN_COLUMNS = """
ALTER TABLE "Talent" ADD COLUMN "profileImageUrl" TEXT,
    ADD COLUMN "profileImageSource" TEXT DEFAULT 'initials', ADD COLUMN "lastProfileImageSyncAt" TIMESTAMP(3);
UPDATE "Talent" SET "profileImageUrl" = 'https://old.example/ada.jpg', "profileImageSource" = 'INSTAGRAM',
    "lastProfileImageSyncAt" = '2026-11-20 02:00:00' WHERE "id" = 'ada';
"""
"""What the app's own migration would have added, and its own program written."""
OWN_INDEXES = """
CREATE INDEX "Talent_lastProfileImageSyncAt_idx" ON "Talent" ("lastProfileImageSyncAt");
CREATE INDEX "Talent_profileImageSource_idx" ON "Talent" ("profileImageSource");
"""

KINDS = {
    "plain": SCHEMA + ROWS,
    "with columns": SCHEMA + ROWS + OWN_COLUMNS,
    "with columns and indexes": SCHEMA + ROWS + OWN_COLUMNS + OWN_INDEXES,
}


def make(url: str, statements: str = SCHEMA + ROWS, *, schema: str = "public") -> None:
    """Make the app's tables in a database."""
    with connect(url) as connection, connection.transaction():
        name = sql.Identifier(schema)
        connection.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(name))
        connection.execute(sql.SQL("SET LOCAL search_path TO {}").format(name))
        connection.execute(statements.encode())


_CATALOG = {
    "columns": """
        SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
            pg_get_expr(d.adbin, d.adrelid)
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
        LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        WHERE c.relnamespace = to_regnamespace(quote_ident(%(schema)s)) AND a.attnum > 0
            AND NOT a.attisdropped AND c.relkind IN ('r', 'v') ORDER BY c.relname, a.attnum""",
    "indexes": "SELECT indexdef FROM pg_indexes WHERE schemaname = %(schema)s ORDER BY 1",
    "constraints": """
        SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
        WHERE connamespace = to_regnamespace(quote_ident(%(schema)s)) AND contype <> 'n' ORDER BY 1, 2""",
    "owners and rights": """
        SELECT relname, relowner::regrole::text, relacl::text FROM pg_class
        WHERE relnamespace = to_regnamespace(quote_ident(%(schema)s)) ORDER BY 1""",
    "triggers": """
        SELECT tgrelid::regclass::text, tgname, pg_get_triggerdef(oid) FROM pg_trigger
        WHERE NOT tgisinternal AND tgrelid IN (
            SELECT oid FROM pg_class WHERE relnamespace = to_regnamespace(quote_ident(%(schema)s))
        ) ORDER BY 1, 2""",
    "schemas": """
        SELECT nspname, nspacl::text FROM pg_namespace WHERE nspname !~ '^pg_' ORDER BY 1""",
}


def dump(
    url: str, *, schema: str = "public", without: Iterable[str] = (), own: bool = True
) -> dict[str, list[Any]]:
    """Everything that is in the app's schema: what it is made of, and every row.

    Args:
        url: the database.
        schema: where the app's tables are.
        without: columns to leave out of the rows, `Table.column`.
        own: whether what talentimg adds to the app's tables is told.
    """
    ours = set() if own else {"profileImageUrl", "profileImageSource", "lastProfileImageSyncAt"}
    hidden = set(without) | {f"Talent.{name}" for name in ours}
    with connect(url) as connection:
        found: dict[str, list[Any]] = {}
        for name, query in _CATALOG.items():
            found[name] = connection.execute(query.encode(), {"schema": schema}).fetchall()
        tables = sorted({row[0] for row in found["columns"]})
        for table in tables:
            query_rows = sql.SQL("SELECT to_jsonb(t) FROM {} AS t").format(sql.Identifier(schema, table))
            rows = [row[0] for row in connection.execute(query_rows)]
            kept = [{k: v for k, v in row.items() if f"{table}.{k}" not in hidden} for row in rows]
            found[f"rows of {table}"] = sorted(kept, key=str)
    if not own:
        found["columns"] = [row for row in found["columns"] if row[1] not in ours]
        found["indexes"] = [row for row in found["indexes"] if not any(name in row[0] for name in ours)]
        found["triggers"] = [row for row in found["triggers"] if not row[1].startswith("talentimg")]
        found["schemas"] = [row for row in found["schemas"] if row[0] != "talentimg"]
        found["owners and rights"] = [
            row for row in found["owners and rights"] if not any(name in row[0] for name in ours)
        ]
    return found

"""The roster in the agency app's own Postgres."""

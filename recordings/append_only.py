"""What makes the database itself refuse to change or delete rows of StaffAccess, whoever asks. Run by a migration.

SQLite forgets triggers when a migration makes a table anew: one that alters StaffAccess runs these again.
"""

TABLE = "recordings_staffaccess"
NAME = "staffaccess_append_only"
SAYS = "staff accesses are never changed or deleted"

PUT = {
    "sqlite": [
        f"CREATE TRIGGER {NAME}_{act} BEFORE {act} ON {TABLE} {when} BEGIN SELECT RAISE(ABORT, '{SAYS}'); END"
        for act, when in {
            "update": "",
            "delete": "",
            # INSERT OR REPLACE deletes what is in its way without asking the trigger above.
            "insert": f"WHEN EXISTS (SELECT 1 FROM {TABLE} WHERE id = NEW.id)",  # noqa: S608
        }.items()
    ],
    "postgresql": [
        # An empty table may be truncated: there is nothing to lose.
        f"""CREATE FUNCTION {NAME}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            IF TG_OP <> 'TRUNCATE' OR EXISTS (SELECT 1 FROM {TABLE}) THEN RAISE EXCEPTION '{SAYS}'; END IF;
            RETURN NULL; END $$""",  # noqa: S608
        f"CREATE TRIGGER {NAME}_row BEFORE UPDATE OR DELETE ON {TABLE} FOR EACH ROW EXECUTE FUNCTION {NAME}()",
        f"CREATE TRIGGER {NAME}_all BEFORE TRUNCATE ON {TABLE} FOR EACH STATEMENT EXECUTE FUNCTION {NAME}()",
        # Also for sessions that replicate, which skip ordinary triggers.
        f"ALTER TABLE {TABLE} ENABLE ALWAYS TRIGGER {NAME}_row",
        f"ALTER TABLE {TABLE} ENABLE ALWAYS TRIGGER {NAME}_all",
    ],
}
LIFT = {
    "sqlite": [f"DROP TRIGGER {NAME}_{act}" for act in ("update", "delete", "insert")],
    "postgresql": [f"DROP FUNCTION {NAME} CASCADE"],
}


def put(apps, schema_editor) -> None:
    _run(PUT, schema_editor)


def lift(apps, schema_editor) -> None:
    _run(LIFT, schema_editor)


def _run(statements: dict[str, list[str]], schema_editor) -> None:
    for statement in statements[schema_editor.connection.vendor]:
        schema_editor.execute(statement)

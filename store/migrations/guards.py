"""Triggers that refuse to change rows, for both databases: what is kept by constraint and not by habit."""

from alembic import op


def append_only(table: str, key: str = "id") -> None:
    """Refuse every UPDATE, DELETE and TRUNCATE of `table`, and an INSERT that would replace the row of a `key`."""
    _refuse(table, "update", "UPDATE", f"UPDATE of {table}")
    _refuse_removal(table, key)


def fixed(table: str, columns: str) -> None:
    """Refuse an UPDATE that names one of `columns`, and every removal; the other columns may change."""
    _refuse(table, "update", f"UPDATE OF {columns}", f"UPDATE of what {table} say")
    _refuse_removal(table)


def also_fixed(table: str, column: str) -> None:
    """Refuse an UPDATE of a column that came later than the others that `fixed` keeps."""
    _refuse(table, f"update_{column}", f"UPDATE OF {column}", f"UPDATE of what {table} say")


def set_once(table: str, column: str) -> None:
    """Refuse an UPDATE of a column that has a value already."""
    what = f"UPDATE of what {table} say"
    _refuse(table, f"update_{column}", f"UPDATE OF {column}", what, when=f"WHEN (OLD.{column} IS NOT NULL)")


def insert_once(table: str, column: str = "id") -> None:
    """Refuse, on SQLite, an INSERT OR REPLACE over the row with the same `column`: it deletes without telling."""
    if op.get_bind().dialect.name != "sqlite":
        return  # PostgreSQL has no such statement, and its ON CONFLICT DO UPDATE is an UPDATE
    when = f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {column} = NEW.{column})"  # noqa: S608 - our own names
    _refuse(table, f"replace_{column}", "INSERT", f"INSERT over {table}", when=when)


def _refuse_removal(table: str, key: str = "id") -> None:
    _refuse(table, "delete", "DELETE", f"DELETE of {table}")
    if op.get_bind().dialect.name == "sqlite":
        insert_once(table, key)
    else:
        _refuse(table, "truncate", "TRUNCATE", f"TRUNCATE of {table}", each="STATEMENT")


def _refuse(table: str, name: str, action: str, what: str, *, when: str = "", each: str = "ROW") -> None:
    """One trigger that refuses `action` on `table`, as an integrity error that says what was refused."""
    complaint = f"{what} is refused: rows are only added"
    start = f"CREATE TRIGGER {table}_no_{name} BEFORE {action} ON {table} FOR EACH {each} {when}"
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"{start} BEGIN SELECT RAISE(ABORT, '{complaint}'); END")
        return
    op.execute(
        f"CREATE FUNCTION {table}_no_{name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"RAISE EXCEPTION '{complaint}' USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    op.execute(f"{start} EXECUTE FUNCTION {table}_no_{name}()")

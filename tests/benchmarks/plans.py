"""How PostgreSQL answers what a page asks of it: the plans, cut down to how rows were reached. Used by home.py."""

import json
import re

from django.db import connection
from django.test import Client

# Of each page, the dearest.
SHOWN = 3
RENAMED = {"Index Only Scan": "index alone", "Index Scan": "index", "Bitmap Index Scan": "bitmap", "Seq Scan": "whole"}


def plans(client: Client, path: str) -> list[str]:
    """Lines of a list, the dearest query first."""
    asked: list[tuple] = []

    def noting(execute, sql, params, many, context):
        if sql.startswith("SELECT"):
            asked.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(noting):
        client.get(path)
    answers = sorted((explained(*each) for each in asked), reverse=True)
    return [f"- {ms:.1f} ms, {words}" for ms, words in answers[:SHOWN]]


def explained(sql: str, params) -> tuple[float, str]:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", params)
        found = cursor.fetchone()[0]
    plan = (json.loads(found) if isinstance(found, str) else found)[0]
    within = 1
    while within:
        sql, within = re.subn(r"\([^()]*\)", "", sql)
    table = sql.partition(' FROM "')[2].partition('"')[0]
    ways = list(dict.fromkeys(way for way in reached(plan["Plan"]) if way))
    return plan["Planning Time"] + plan["Execution Time"], f"`{table}`: {', '.join(ways)}"


def reached(node: dict):
    """In the order in which the plan is read; what was never run, and tables without rows, are left out."""
    if not node["Actual Loops"]:
        return
    kind = node["Node Type"]
    if kind in ("Sort", "Hash Join", "Nested Loop", "Merge Join", "Hash"):
        yield {"Sort": f"sorts {node['Actual Rows']:,}", "Hash Join": "hash join"}.get(kind, "")
    if kind in RENAMED and node["Actual Rows"]:
        yield f"{RENAMED[kind]} `{node.get('Index Name') or node['Relation Name']}`"
    for below in node.get("Plans", []):
        yield from reached(below)

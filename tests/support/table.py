"""Figures a long test has measured: printed when it is done, and kept as JSON for docs/performance.md."""

import json
import platform
from datetime import UTC, datetime
from pathlib import Path


class Table:
    """Rows of figures; a row need not have every column."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.rows: list[dict] = []

    def add(self, **row) -> None:
        self.rows.append(row)

    def lines(self) -> list[str]:
        heads = list(dict.fromkeys(head for row in self.rows for head in row))
        cells = [heads] + [[_shown(row.get(head, "")) for head in heads] for row in self.rows]
        widths = [max(len(line[column]) for line in cells) for column in range(len(heads))]
        return ["  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)) for line in cells]

    def write(self, folder: Path) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        when = datetime.now(UTC)
        file = folder / f"{self.name}-{when:%Y%m%d-%H%M%S}.json"
        machine = {"system": platform.platform(), "python": platform.python_version()}
        file.write_text(json.dumps({"when": when.isoformat(), "machine": machine, "rows": self.rows}, indent=2))
        return file


def _shown(value: object) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)

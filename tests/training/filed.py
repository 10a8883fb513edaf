"""Files of results, as small as they can be."""

import csv
import gzip
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

Row = dict[str, Any]


def own(test: str = "t1", variant: str = "a", text: str = "One", **more: Any) -> Row:
    row = {"test_id": test, "variant_id": variant, "text": text, "segment": "s", "channel": "sms"}
    return {**row, "impressions": 1000, "clicks": 20, **more}


def archive(test: str = "t1", image: str | None = "i1", headline: str = "One", **more: Any) -> Row:
    row = {"clickability_test_id": test, "eyecatcher_id": image, "headline": headline}
    return {**row, "impressions": 1000, "clicks": 20, **more}


def pair(test: str = "t1", higher: Any = 1, first: str = "One", second: str = "Two", **more: Any) -> Row:
    row = {"clickability_test_id": test, "headline_1": first, "headline_2": second, "higher_CTR": higher}
    return {**row, **more}


def write(path: Path, rows: list[Row]) -> Path:
    if path.suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist(rows), path)
        return path
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "wt", encoding="utf-8", newline="") as file:
        if ".jsonl" in path.name:
            file.writelines(json.dumps(row) + "\n" for row in rows)
        else:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    return path

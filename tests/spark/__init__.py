"""The whole query suite on DuckDB and on a real Spark standalone cluster: the same answers."""

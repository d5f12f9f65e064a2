"""The page Import: files given, recognised, read, reported, looked at and perhaps published."""

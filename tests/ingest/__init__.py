"""Files in: readers, the guarded door, the rule of counting, imports."""

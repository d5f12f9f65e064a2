"""Other people's files in: readers behind one guarded door, the rule of counting, and the report."""

"""A folder for PYTHONPATH: its one module is found by Python itself."""

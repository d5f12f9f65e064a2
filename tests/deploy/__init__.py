"""Several replicas behind nginx: the files of ``deploy/``, run as they are."""

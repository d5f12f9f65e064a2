"""The programming interface ``/api/v1``: one definition of its routes serves, checks and describes them."""

"""The table of the bare view."""

SQL = """
CREATE EXTENSION IF NOT EXISTS btree_gist;
DROP TABLE IF EXISTS bare_booking;
CREATE TABLE bare_booking (
    id bigserial PRIMARY KEY, advisor int NOT NULL, day date NOT NULL,
    first_cell smallint NOT NULL, last_cell smallint NOT NULL,
    during tstzrange NOT NULL,
    CONSTRAINT bare_no_overlap EXCLUDE USING gist (advisor WITH =, during WITH &&)
);
CREATE INDEX bare_by_day ON bare_booking (day, advisor) INCLUDE (first_cell, last_cell)
"""

"""The steps of the schema from one version to the next, for the tables of all packages, in `versions/`.

`folios.schema` runs them. A step is written once for both databases, has the next number of four digits as its
revision, says how to go up and how to go down, and is never changed after a release.
"""

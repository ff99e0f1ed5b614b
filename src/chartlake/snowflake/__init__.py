"""The lake in Snowflake: its files loaded by Snowpipe, its views over them.

``statements`` says everything in SQL, ``trust`` what AWS must allow, ``session`` is the only module
that knows the driver, ``apply`` runs the statements, ``doctor`` looks whether all of it works.
"""

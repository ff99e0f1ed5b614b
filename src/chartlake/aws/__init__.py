"""The same pipeline on AWS: everything that knows the cloud, and nothing that knows charts.

`handlers` are what Lambda calls; `events`, `claims`, `telemetry` and `parameters` serve them.
`template`, `artefact`, `stack`, `athena` and `operate` are what ``chartlake aws`` calls.  boto3 is
imported here and nowhere else (extra ``aws``).
"""

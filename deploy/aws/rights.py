"""What each function may do in the bucket, beside listing it: actions, and what keys begin with.

A missing object is told apart from a forbidden one only by who may list the bucket (Amazon S3 API,
GetObject, "Permissions").  No function but `capture` may write into to_be_processed: none can wake
itself.
"""

from __future__ import annotations

from chartlake import layout

KEPT_FOREVER = 14
"""Days: the longest that SQS keeps a message."""

_RUNS = f"{layout.TABLES}run_data/"
_STATE = "state/"

Rights = dict[str, tuple[list[str], list[str]]]

RIGHTS: dict[str, Rights] = {
    "capture": {
        # "Unchanged" is told only while the document that is meant is there.
        "Read": (["s3:GetObject"], [_STATE, layout.CLAIMS, layout.TO_BE_PROCESSED, layout.PROCESSED]),
        "Write": (["s3:PutObject"], [_STATE, layout.CLAIMS, layout.TO_BE_PROCESSED, _RUNS]),
        "Delete": (["s3:DeleteObject"], [_STATE, layout.CLAIMS]),
    },
    "transform": {
        "Read": (["s3:GetObject"], ["raw_data/", _STATE]),
        "Write": (
            ["s3:PutObject"],
            [layout.PROCESSED, layout.REJECTED, layout.BATCHES, layout.TABLES, _STATE],
        ),
        # A batch of which a document was retracted meanwhile takes itself back.
        "Delete": (
            ["s3:DeleteObject"],
            [layout.TO_BE_PROCESSED, layout.BATCHES, layout.TABLES, _STATE],
        ),
    },
    "sweep": {
        "Read": (["s3:GetObject"], ["raw_data/", layout.BATCHES, layout.TABLES, _STATE]),
        "Write": (
            ["s3:PutObject"],
            [layout.PROCESSED, layout.REJECTED, layout.BATCHES, layout.TABLES, _STATE],
        ),
        # What is too old goes for good, with its older versions.
        "Delete": (
            ["s3:DeleteObject", "s3:DeleteObjectVersion"],
            ["raw_data/", layout.BATCHES, layout.TABLES, _STATE, layout.PAGE],
        ),
        "LookAtVersions": (["s3:ListBucketVersions"], []),
    },
    "report": {
        "Read": (["s3:GetObject"], [layout.TABLES, _STATE]),
        "Write": (["s3:PutObject"], ["report/"]),
    },
}

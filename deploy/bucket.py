"""Make the bucket for models' files, unless it is there: python deploy/bucket.py NAME."""

from __future__ import annotations

import sys

import boto3


def make(name: str) -> None:
    """Make a bucket that nobody else may read, unless it is there."""
    store = boto3.client("s3")
    if name not in {one["Name"] for one in store.list_buckets()["Buckets"]}:
        store.create_bucket(Bucket=name)


if __name__ == "__main__":
    make(sys.argv[1])

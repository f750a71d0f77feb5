# SPDX-License-Identifier: Apache-2.0
"""A real object store over HTTP: moto's server speaks S3, buckets and all."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import boto3
from moto.moto_server.threaded_moto_server import ThreadedMotoServer
from s3fs import S3FileSystem

__all__ = ["new_bucket", "serving_objects"]


@contextmanager
def serving_objects() -> Iterator[dict[str, str]]:
    """Serve an empty store; yield the environment that clients need, which is set meanwhile."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    environment = {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
    }
    before = {name: os.environ.get(name) for name in environment}
    os.environ.update(environment)
    try:
        yield environment
    finally:
        S3FileSystem.clear_instance_cache()  # they know where this store was
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
        server.stop()


def new_bucket() -> str:
    """Make a bucket at the store of the environment; return its URL."""
    name = f"lake-{uuid4().hex}"
    boto3.client("s3").create_bucket(Bucket=name)
    return f"s3://{name}"

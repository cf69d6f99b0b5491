"""What both Python consumers share: the queue, the table, and a row of a message."""

import datetime
import hashlib
import hmac
import json
import os

import boto3
import psycopg2
from botocore.config import Config

KEY = b"a key of the benchmark, thirty-two"
INSERT = (
    "INSERT INTO user_logins (user_id, device_type, masked_ip, masked_device_id, locale,"
    " app_version, create_date) VALUES "
)


def queue():
    """The client, and the arguments of every call."""
    client = boto3.client(
        "sqs",
        endpoint_url=os.environ["SLUICE_ENDPOINT"],
        config=Config(tcp_keepalive=True, retries={"mode": "standard"}),
    )
    return client, {"QueueUrl": os.environ["SLUICE_QUEUE_URL"]}


def database():
    return psycopg2.connect(os.environ["DATABASE_URL"])


def mask(value):
    return None if value is None else hmac.new(KEY, value.encode(), hashlib.sha256).hexdigest()


def row_of(message):
    login = json.loads(message["Body"])
    sent = int(message["Attributes"]["SentTimestamp"]) / 1000
    return (
        login["user_id"],
        login["device_type"],
        mask(login["ip"]),
        mask(login["device_id"]),
        login.get("locale"),
        int(login["app_version"].partition(".")[0]),
        datetime.datetime.fromtimestamp(sent, datetime.timezone.utc).date(),
    )

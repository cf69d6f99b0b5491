"""Receives ten, inserts ten with one statement and one commit, deletes ten. Runs until SIGTERM."""

from psycopg2.extras import execute_values

import logins


def main():
    sqs, queue = logins.queue()
    connection = logins.database()
    cursor = connection.cursor()
    while True:
        answer = sqs.receive_message(
            **queue, MaxNumberOfMessages=10, WaitTimeSeconds=20, AttributeNames=["SentTimestamp"]
        )
        messages = answer.get("Messages", [])
        if not messages:
            continue
        execute_values(cursor, logins.INSERT + "%s", [logins.row_of(each) for each in messages])
        connection.commit()
        entries = [
            {"Id": str(i), "ReceiptHandle": each["ReceiptHandle"]} for i, each in enumerate(messages)
        ]
        failed = sqs.delete_message_batch(**queue, Entries=entries).get("Failed")
        assert not failed, failed


if __name__ == "__main__":
    main()

"""Receives one, inserts one, commits, deletes one: how such a service is first written. Runs until
SIGTERM."""

import logins


def main():
    sqs, queue = logins.queue()
    connection = logins.database()
    cursor = connection.cursor()
    while True:
        answer = sqs.receive_message(
            **queue, MaxNumberOfMessages=1, WaitTimeSeconds=20, AttributeNames=["SentTimestamp"]
        )
        for message in answer.get("Messages", []):
            cursor.execute(logins.INSERT + "(%s, %s, %s, %s, %s, %s, %s)", logins.row_of(message))
            connection.commit()
            sqs.delete_message(**queue, ReceiptHandle=message["ReceiptHandle"])


if __name__ == "__main__":
    main()

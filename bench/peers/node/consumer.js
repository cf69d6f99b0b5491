// Ten consumers of sqs-consumer in one process, each with a connection of a pool: one multi-row
// insert a receive, and the messages deleted after it, as its users run it for throughput.
import { createHmac } from 'node:crypto';
import http from 'node:http';
import { SQSClient } from '@aws-sdk/client-sqs';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import pg from 'pg';
import { Consumer } from 'sqs-consumer';

const CONSUMERS = 10;
const COLUMNS = 7;
const key = 'a key of the benchmark, thirty-two';
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: CONSUMERS });

const mask = (value) => (value == null ? null : createHmac('sha256', key).update(value).digest('hex'));

function rowOf(message) {
    const login = JSON.parse(message.Body);
    return [
        login.user_id,
        login.device_type,
        mask(login.ip),
        mask(login.device_id),
        login.locale ?? null,
        Number.parseInt(login.app_version, 10),
        new Date(Number(message.Attributes.SentTimestamp)).toISOString().slice(0, 10),
    ];
}

const placeholders = (rows) =>
    Array.from({ length: rows }, (_, row) => {
        const first = row * COLUMNS;
        return `(${Array.from({ length: COLUMNS }, (_, column) => `$${first + column + 1}`)})`;
    }).join(',');

const statement = (rows) => ({
    name: `insert_${rows}`, // prepared once a connection
    text: `INSERT INTO user_logins VALUES ${placeholders(rows)}`,
});

async function store(messages) {
    await pool.query({ ...statement(messages.length), values: messages.flatMap(rowOf) });
    return messages;
}

const sqs = new SQSClient({
    requestHandler: new NodeHttpHandler({
        httpAgent: new http.Agent({ keepAlive: true, maxSockets: 2 * CONSUMERS }),
    }),
});
const consumers = Array.from({ length: CONSUMERS }, () =>
    Consumer.create({
        queueUrl: process.env.SLUICE_QUEUE_URL,
        sqs,
        batchSize: 10,
        waitTimeSeconds: 20,
        messageSystemAttributeNames: ['SentTimestamp'],
        handleMessageBatch: store,
    }),
);
for (const consumer of consumers) {
    for (const kind of ['error', 'processing_error', 'timeout_error'])
        consumer.on(kind, (error) => console.error(kind, error.message));
    consumer.start();
}
process.on('SIGTERM', () => process.exit(0));

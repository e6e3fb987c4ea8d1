#!/usr/bin/env node
// A receiver of webhooks, to try them with.
//
//     webhook-receiver.js whsec_SECRET...        listens on 127.0.0.1:8787
//     PORT=0 webhook-receiver.js whsec_SECRET    on a port that is free
//     ANSWERS=500,503,204 ...                    what it answers, in turn;
//                                                the last one stays
//
// Prints "listening URL", then a line for each delivery: what it answers,
// the webhook-id and the event.  A delivery that is not signed with one of
// the secrets, as Standard Webhooks has it, or is older than five minutes,
// is answered 401.  One that came before is told apart by its id: a
// receiver that must not repeat itself keeps the ids that it has seen.
'use strict';
const {createHmac, timingSafeEqual} = require('node:crypto');
const http = require('node:http');

const TOLERANCE = 5 * 60;
const LIMIT = 1024 * 1024;

const secrets = process.argv.slice(2);
const answers = (process.env.ANSWERS || '204').split(',').map(Number);
const seen = new Set();

function signature(secret, id, timestamp, body) {
    const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
    return createHmac('sha256', key).update(`${id}.${timestamp}.`)
        .update(body).digest();
}

// The header is a list: "v1,BASE64 v1,BASE64", one for each secret.
function signed(headers, body) {
    const {'webhook-id': id, 'webhook-timestamp': timestamp,
        'webhook-signature': list} = headers;
    const age = Date.now() / 1000 - Number(timestamp);

    if (!id || !list || !(Math.abs(age) <= TOLERANCE))
        return false;
    const given = list.split(' ').filter((word) => word.startsWith('v1,'))
        .map((word) => Buffer.from(word.slice(3), 'base64'));
    return secrets.some((secret) => {
        const wanted = signature(secret, id, timestamp, body);
        return given.some((mac) => mac.length === wanted.length &&
            timingSafeEqual(mac, wanted));
    });
}

function judge(headers, body) {
    if (!signed(headers, body))
        return 401;
    return answers.length > 1 ? answers.shift() : answers[0];
}

// The event as it came, on one line.
function oneLine(body) {
    try {
        return JSON.stringify(JSON.parse(body));
    } catch {
        return '(no JSON)';
    }
}

function receive(request, response, body) {
    const id = request.headers['webhook-id'];
    const status = judge(request.headers, body);
    const again = seen.has(id) ? ' again' : '';

    if (status >= 200 && status < 300)
        seen.add(id);
    response.writeHead(status).end();
    console.log(`${status} ${id}${again} ${oneLine(body)}`);
}

const server = http.createServer((request, response) => {
    const pieces = [];
    let size = 0;

    request.on('data', (piece) => {
        size += piece.length;
        if (size > LIMIT)
            request.destroy();
        pieces.push(piece);
    });
    request.on('end', () => receive(request, response, Buffer.concat(pieces)));
});

if (secrets.length === 0) {
    console.error('usage: webhook-receiver.js whsec_SECRET...');
    process.exit(64);
}
server.listen(Number(process.env.PORT || 8787), '127.0.0.1', () =>
    console.log(`listening http://127.0.0.1:${server.address().port}/`));

// Where the webhooks of all trials arrive.
//
//     node sink.js LOG
//
// Listens on 127.0.0.1 and prints its port.  For each POST to /TRIAL/HOW it
// appends "TRIAL WEBHOOK-ID SHA256-OF-BODY TASK-ID" to LOG and then, by HOW:
//   ok   answers 204
//   cut  breaks the connection, the first time that it sees this id: the
//        sender cannot know that the webhook has arrived
//   late answers half a second later, so that the sender can die meanwhile
// Ends when stdin does.
'use strict';
const crypto = require('node:crypto');
const fs = require('node:fs');
const http = require('node:http');

const log = fs.openSync(process.argv[2], 'a');
const seen = new Set();

function taskOf(body) {
    try {
        return JSON.parse(body).data.task_id;
    } catch {
        return '-';
    }
}

const server = http.createServer((request, response) => {
    const pieces = [];
    request.on('data', (piece) => pieces.push(piece));
    request.on('end', () => {
        const body = Buffer.concat(pieces);
        const [, trial, how] = request.url.split('/');
        const id = request.headers['webhook-id'] || '-';
        const sha256 = crypto.createHash('sha256').update(body).digest('hex');
        const again = seen.has(trial + id);

        fs.writeSync(log, `${trial} ${id} ${sha256} ${taskOf(body)}\n`);
        seen.add(trial + id);
        if (how === 'cut' && !again)
            request.socket.destroy();
        else
            setTimeout(() => response.writeHead(204).end(),
                how === 'late' && !again ? 500 : 0);
    });
});

server.listen(0, '127.0.0.1', () => console.log(server.address().port));
process.stdin.on('end', () => process.exit()).resume();

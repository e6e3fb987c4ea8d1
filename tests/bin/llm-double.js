// A model server that says what a test wants it to say, and how.
//
//     node llm-double.js
//
// Listens on 127.0.0.1, prints "ready PORT TLS-PORT" and ends when stdin
// does; whoever connects to the second port meets a certificate that nobody
// has signed.  The first words of a request's path decide:
//
//     /ACT/BYTES/...  the answer is exactly these bytes, in base64url, and
//                     then ACT: end, cut (reset), hang, slow (a byte a
//                     piece), drip (a space every 100 ms for ever)
//     /head           headers of a megabyte
//     /endless        one chunk that never ends
//     /flood          events without end
//     /echo           401 with the request's own credentials in its message
//     /thousand       an answer for each of 1000, when all of them are here
//     /delay          an answer after a second
//     /twice          an answer, but the second request of a connection is
//                     met with silence and a cut
//     /count          how many requests /twice has had
//     /closed         waits until a client has broken off a hanging answer
'use strict';
const http = require('node:http');
const https = require('node:https');

const event = (value) => `data: ${JSON.stringify(value)}\n\n`;
const answer = event({id: 'c', model: 'm', choices: [{index: 0,
    delta: {content: 'hello'}}]}) +
    event({choices: [{index: 0, delta: {}, finish_reason: 'stop'}]}) +
    event({choices: [], usage: {prompt_tokens: 5, completion_tokens: 1,
        total_tokens: 6}}) + 'data: [DONE]\n\n';

function stream(response) {
    response.writeHead(200, {'content-type': 'text/event-stream'});
    response.end(answer);
}

// Writes for as long as somebody reads.
function pour(socket, piece) {
    const more = () => {
        while (socket.writable)
            if (!socket.write(piece))
                return socket.once('drain', more);
    };
    more();
}

let broken = 0;
let asking = [];
function hang(socket) {
    socket.on('close', () => {
        broken++;
        asking.forEach((response) => response.end(String(broken)));
        asking = [];
    });
}

function slow(socket, bytes) {
    let at = 0;
    const more = () => {
        if (at === bytes.length)
            return socket.end();
        socket.write(bytes.subarray(at, ++at), () => setImmediate(more));
    };
    socket.setNoDelay(true);
    more();
}

const acts = {
    end: (socket, bytes) => socket.end(bytes),
    cut: (socket, bytes) => socket.write(bytes, () =>
        setTimeout(() => socket.destroy(), 20)),
    hang(socket, bytes) {
        hang(socket);
        socket.write(bytes);
    },
    slow,
    drip(socket, bytes) {
        socket.write(bytes);
        const timer = setInterval(() => socket.write(' '), 100);
        socket.on('close', () => clearInterval(timer));
    },
};

let twice = 0;
let waiting = [];
const places = {
    head: (response) => response.socket.end('HTTP/1.1 200 OK\r\nX-Long: ' +
        'x'.repeat(1 << 20) + '\r\n\r\n'),
    endless(response) {
        response.socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked' +
            '\r\n\r\n7fffffffffff\r\ndata: ');
        pour(response.socket, Buffer.alloc(65536, 'x'));
    },
    flood(response) {
        response.socket.write('HTTP/1.1 200 OK\r\n\r\n');
        pour(response.socket, event({choices: [
            {delta: {content: 'x'.repeat(1000)}}]}));
    },
    echo(response, request) {
        const {headers} = request;
        response.writeHead(401, {'x-request-id': 'req_1'});
        response.end(JSON.stringify({error: {type: 'authentication_error',
            message: `no such key: ${headers.authorization} ` +
                `${headers['x-api-key']} ${headers['anthropic-version']} ` +
                `${headers['content-type']} ${headers.traceparent}`}}));
    },
    thousand(response) {
        waiting.push(response);
        if (waiting.length === 1000) {
            waiting.forEach(stream);
            waiting = [];
        }
    },
    delay: (response) => setTimeout(stream, 1000, response),
    twice(response, request) {
        twice++;
        if (request.socket.used)
            return request.socket.destroy();
        request.socket.used = true;
        stream(response);
    },
    count: (response) => response.end(String(twice)),
    closed(response) {
        if (broken)
            response.end(String(broken));
        else
            asking.push(response);
    },
};

const server = http.createServer((request, response) => {
    const {socket} = request;

    request.resume().on('end', () => {
        const [, name, bytes] = request.url.split('/');
        if (name in places)
            places[name](response, request);
        else if (name in acts)
            acts[name](socket, Buffer.from(bytes, 'base64url'));
        else
            stream(response);
    });
});

// Made for this test, and good for nothing else.
const key = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgrPvrbtqnVg1TKuRm
Sd+ZmnbmQbLXp7ZRNIiRMHLK2sqhRANCAAR8jk1Se+J74CrYvsc0tI3OlZIyKS1h
VvRVFqw0n+UP3Rt7uPb/xDPIUgljYFOmQVA4er9knyY5FEBxqSWZtA3p
-----END PRIVATE KEY-----
`;
const cert = `-----BEGIN CERTIFICATE-----
MIIBjzCCATagAwIBAgIUU8//s6h0v1uzdRDwdMHq1J9jGBUwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJMTI3LjAuMC4xMCAXDTI2MTEyNTE2Mjc1NloYDzIxMjYxMTAx
MTYyNzU2WjAUMRIwEAYDVQQDDAkxMjcuMC4wLjEwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAAR8jk1Se+J74CrYvsc0tI3OlZIyKS1hVvRVFqw0n+UP3Rt7uPb/xDPI
UgljYFOmQVA4er9knyY5FEBxqSWZtA3po2QwYjAdBgNVHQ4EFgQUbVsVkTf/BAOB
ylvq9a14ES8SLrUwHwYDVR0jBBgwFoAUbVsVkTf/BAOBylvq9a14ES8SLrUwDwYD
VR0TAQH/BAUwAwEB/zAPBgNVHREECDAGhwR/AAABMAoGCCqGSM49BAMCA0cAMEQC
IEIwYiBbTj6z1Swxqq6yRbm5pxrn7t1qjxOWg7CKyRzrAiAzJkAjeRNvj29m/VHf
Na8uLbbCnBLzSfqFxVCH3Xsz4Q==
-----END CERTIFICATE-----
`;
const secure = https.createServer({key, cert}, (request, response) =>
    stream(response)).on('tlsClientError', () => {});

server.listen(0, '127.0.0.1', 2048, () => secure.listen(0, '127.0.0.1', () =>
    console.log(`ready ${server.address().port} ${secure.address().port}`)));
process.stdin.on('end', () => process.exit()).resume();

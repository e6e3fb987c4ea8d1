// A receiver of HTTP requests with bad manners, for tests.
//
//     node webhook-receiver.js [SECRET...]
//
// Listens on 127.0.0.1 and prints "ready PORT RUDE-PORT"; whoever connects to
// the second port is cut off at once.  What a request gets depends on its
// path.  For each request to /note... a line is printed: its path, whether
// the package standardwebhooks accepts it (one word a SECRET, "yes" or what
// it says), and as JSON its headers and body.  Ends when stdin does.
'use strict';
const http = require('node:http');
const net = require('node:net');

const secrets = process.argv.slice(2);
const Webhook = secrets.length && require('standardwebhooks').Webhook;

function verdict(secret, request, body) {
    try {
        new Webhook(secret).verify(body, request.headers);
        return 'yes';
    } catch (error) {
        return error.message.replace(/ /g, '-');
    }
}

function note(request, body) {
    const words = secrets.map((secret) => verdict(secret, request, body));
    console.log([request.url, ...words, JSON.stringify(
        {method: request.method, headers: request.headers, body})].join(' '));
}

// Writes for as long as somebody reads; pieces: how many at most.
function pour(to, piece, pieces) {
    let left = pieces;
    const more = () => {
        while (left-- > 0)
            if (!to.write(piece))
                return to.once('drain', more);
        to.end();
    };
    more();
}

let waiting = [];
const answers = {
    hang() {},
    cut: (response) => response.socket.destroy(),
    huge: (response) => pour(response, Buffer.alloc(1 << 20, 'x'), 100),
    // Says more than it sends, and less.
    short: (response) => response.socket.end(
        'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nten bytes.'),
    long: (response) => response.socket.end(
        'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nten bytes.'),
    // The one byte a second, as far as a test can wait for it.
    drip(response) {
        response.writeHead(200);
        response.write('a');
        const timer = setInterval(() => response.write('b'), 1000);
        response.on('close', () => clearInterval(timer));
    },
    header: (response) => response.socket.end('HTTP/1.1 200 OK\r\nX-Long: ' +
        'x'.repeat(1 << 20) + '\r\n\r\n'),
    headers: (response) => response.socket.end('HTTP/1.1 200 OK\r\n' +
        `X-Many: ${'x'.repeat(1000)}\r\n`.repeat(1000) + '\r\n'),
    nonsense: (response) => response.socket.end('no HTTP at all\r\n\r\n'),
    away(response) {
        const port = response.socket.localPort;
        response.writeHead(302, {location: `http://127.0.0.1:${port}/note/away`});
        response.end();
    },
    wait: (response) => response.writeHead(429, {'retry-after': '2'}).end(),
    date: (response) => response.writeHead(503, {
        'date': 'Sat, 31 Jan 2026 12:00:00 GMT',
        'retry-after': 'Sat, 31 Jan 2026 12:00:07 GMT'}).end('later'),
    // Nobody is answered before 100 are here.
    hundred(response) {
        waiting.push(response);
        if (waiting.length === 100) {
            waiting.forEach((other) => other.end('all'));
            waiting = [];
        }
    },
    // To know whether a connection was used again.
    port: (response, request) => response.end(`${request.socket.remotePort}`),
    echo(response, request, body) {
        response.end(request.method + ' ' + (request.headers.authorization ||
            request.headers['content-type'] || '-') + ' ' + body);
    },
};

const server = http.createServer((request, response) => {
    const pieces = [];
    request.on('data', (piece) => pieces.push(piece));
    request.on('end', () => {
        const body = Buffer.concat(pieces).toString();
        const [, name, value] = request.url.split(/[/?]/);
        if (name === 'note')
            note(request, body);
        if (name in answers)
            answers[name](response, request, body);
        else
            response.writeHead(Number(value) || 204).end();
    });
});
const rude = net.createServer((socket) => socket.destroy());

server.keepAliveTimeout = 60000;
server.listen(0, '127.0.0.1', () => rude.listen(0, '127.0.0.1', () =>
    console.log(`ready ${server.address().port} ${rude.address().port}`)));
process.stdin.on('end', () => process.exit()).resume();

// Model servers and clients that others wrote, for tests.
//
//     node llm-peer.js FOLDER
//
// Starts @copilotkit/aimock, openai-mock-api and mock-openai-api on
// 127.0.0.1 with fixtures that it writes to FOLDER, and a proxy that passes
// aimock's answers on a byte at a time.  Prints their four ports.  Then each
// line of stdin is answered by one:
//
//     {"sdk": "openai" or "anthropic", "base", "key", "body"}
//         what the official package makes of this request: text, calls,
//         finish, input, output; or error, status
//     {"journal": true}   the body that aimock received last
//
// Ends, with all that it started, when stdin does.
'use strict';
const {spawn} = require('node:child_process');
const fs = require('node:fs');
const net = require('node:net');
const path = require('node:path');
const readline = require('node:readline');

const folder = process.argv[2];
const story = 'Es war einmal \u2014 \u4f60\u597d \u{1f600}, "quoted"\n\\back\t' +
    'slash </think> '.repeat(12);

const fixtures = [
    {match: {userMessage: 'story'}, response: {content: story}},
    {match: {userMessage: 'tools'}, response: {toolCalls: [
        {name: 'add', arguments: {a: 1, b: [2, '"\u00e9"']}},
        {name: 'now', arguments: {}}]}},
    {match: {userMessage: 'length'}, response: {content: 'cut off here',
        finishReason: 'length'}},
    {match: {userMessage: 'counted'}, response: {content: 'counted',
        usage: {prompt_tokens: 1200, completion_tokens: 9, total_tokens: 1209,
            prompt_tokens_details: {cached_tokens: 1024},
            input_tokens: 1200, output_tokens: 9}}},
    {match: {userMessage: 'limited'}, response: {error: {message: 'Slow down',
        type: 'rate_limit_error', code: 'rate_limit_exceeded'}, status: 429,
        retryAfter: 2}},
    {match: {userMessage: 'overloaded'}, response: {error: {
        message: 'Overloaded', type: 'overloaded_error'}, status: 529}},
    {match: {userMessage: 'too long'}, response: {error: {
        message: 'maximum context length', type: 'invalid_request_error',
        code: 'context_length_exceeded'}, status: 400}},
    {match: {userMessage: 'truncated'}, response: {content: story},
        chunkSize: 5, latency: 20, truncateAfterChunks: 4},
    {match: {userMessage: 'disconnected'}, response: {content: story},
        chunkSize: 5, latency: 50, disconnectAfterMs: 200},
    {match: {userMessage: 'again', sequenceIndex: 0}, response: {error: {
        message: 'try again', type: 'server_error'}, status: 500}},
    {match: {userMessage: 'again', sequenceIndex: 1},
        response: {content: 'at last'}},
];

const conversations = `apiKey: good
responses:
  - id: hello
    messages:
      - role: user
        content: 'hello'
      - role: assistant
        content: 'Hello, who is there?'
`;

const bin = (name, file) => path.resolve(process.env.NODE_PATH, name, file);
const children = [];

function freePort() {
    return new Promise((resolve) => {
        const server = net.createServer().listen(0, '127.0.0.1', () => {
            const {port} = server.address();
            server.close(() => resolve(port));
        });
    });
}

async function reachable(port) {
    for (let tries = 0; tries < 600; tries++) {
        const open = await new Promise((resolve) => {
            const socket = net.connect(port, '127.0.0.1');
            socket.on('connect', () => resolve(true));
            socket.on('error', () => resolve(false));
            socket.on('close', () => resolve(false));
            socket.on('connect', () => socket.destroy());
        });
        if (open)
            return port;
        await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`nobody listens on port ${port}`);
}

async function start(file, ...words) {
    const port = await freePort();
    const child = spawn(process.execPath, [file, ...words.map((word) =>
        word === 'PORT' ? String(port) : word)],
    {stdio: ['ignore', 'ignore', 'inherit']});

    children.push(child);
    return reachable(port);
}

// Answers go on one byte a packet.
function drip(port) {
    return new Promise((resolve) => {
        const server = net.createServer((client) => {
            const upstream = net.connect(port, '127.0.0.1');
            client.setNoDelay(true);
            client.pipe(upstream);
            upstream.on('data', (data) => {
                for (const byte of data)
                    client.write(Buffer.of(byte));
            });
            upstream.on('end', () => client.end());
            upstream.on('error', () => client.destroy());
            client.on('error', () => upstream.destroy());
        }).listen(0, '127.0.0.1', () => resolve(server.address().port));
    });
}

async function askOpenAI({base, key, body}) {
    const {OpenAI} = require('openai');
    const client = new OpenAI({baseURL: base, apiKey: key, maxRetries: 0});
    const answer = body.stream
        ? await client.chat.completions.stream(body).finalChatCompletion()
        : await client.chat.completions.create(body);
    const {message, finish_reason: finish} = answer.choices[0];

    return {text: message.content || '', finish,
        calls: (message.tool_calls || []).map((call) => ({
            name: call.function.name,
            arguments: JSON.parse(call.function.arguments)})),
        input: answer.usage?.prompt_tokens ?? null,
        output: answer.usage?.completion_tokens ?? null};
}

async function askAnthropic({base, key, body}) {
    const {Anthropic} = require('@anthropic-ai/sdk');
    const client = new Anthropic({baseURL: base, apiKey: key, maxRetries: 0});
    const answer = body.stream
        ? await client.messages.stream(body).finalMessage()
        : await client.messages.create(body);
    const blocks = (type) => answer.content.filter((b) => b.type === type);

    return {text: blocks('text').map((block) => block.text).join(''),
        finish: answer.stop_reason,
        calls: blocks('tool_use').map((block) => ({name: block.name,
            arguments: block.input})),
        input: answer.usage.input_tokens, output: answer.usage.output_tokens};
}

async function answerTo(line, ports) {
    const question = JSON.parse(line);

    try {
        if (question.journal) {
            const answer = await fetch(
                `http://127.0.0.1:${ports[0]}/__aimock/journal`);
            const entries = await answer.json();
            return entries[entries.length - 1].body;
        }
        return question.sdk === 'openai' ? await askOpenAI(question)
            : await askAnthropic(question);
    } catch (error) {
        return {error: error.message, status: error.status ?? 0};
    }
}

async function main() {
    fs.mkdirSync(path.join(folder, 'fixtures'), {recursive: true});
    fs.writeFileSync(path.join(folder, 'fixtures', 'all.json'),
        JSON.stringify({fixtures}));
    fs.writeFileSync(path.join(folder, 'mock.yaml'), conversations);
    const aimock = await start(bin('@copilotkit/aimock', 'dist/cli.js'),
        '-p', 'PORT', '-f', path.join(folder, 'fixtures'), '-c', '7',
        '--log-level', 'silent');
    const mock = require(bin('openai-mock-api', 'package.json')).bin;
    const other = require(bin('mock-openai-api', 'package.json')).bin;
    const file = (from) => typeof from === 'string' ? from
        : Object.values(from)[0];
    const ports = [aimock,
        await start(bin('openai-mock-api', file(mock)), '--config',
            path.join(folder, 'mock.yaml'), '--port', 'PORT'),
        await start(bin('mock-openai-api', file(other)), '-p', 'PORT', '-H',
            '127.0.0.1'),
        await drip(aimock)];

    console.log(ports.join(' '));
    for await (const line of readline.createInterface({input: process.stdin}))
        console.log(JSON.stringify(await answerTo(line, ports)));
    children.forEach((child) => child.kill());
    process.exit();
}

process.on('exit', () => children.forEach((child) => child.kill()));
main().catch((error) => {
    console.error(error);
    process.exit(1);
});

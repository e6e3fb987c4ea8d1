// A server of models that does what a script says, for tests.
//
//     node llm-server.js SCRIPT JOURNAL [PORT]
//
// Listens on 127.0.0.1, prints "ready PORT" and ends when stdin does.
// SCRIPT is a JSON list of rules; the first whose `match` stands in the body
// of a request, and whose `times` are not used up, answers it:
//
//     text, finish, usage, model   an answer, as the wire of the path has it
//     status, headers, body        anything else
//     delay                        ms before it
//     cut                          bytes after which the connection breaks
//     stall                        bytes after which nothing more comes
//     drip                         ms between two bytes
//     huge                         bytes of one header
//     endless                      pieces without an end
//     hang                         nothing at all
//
// JOURNAL gets a line a request: when it came (ms), how many were under way
// then, its path, headers and body.
'use strict';
const fs = require('node:fs');
const http = require('node:http');

const [script, journal, port] = process.argv.slice(2);
const rules = JSON.parse(fs.readFileSync(script, 'utf8'));
let running = 0;

// Without a word about it, about what the request is worth.
let asked_tokens = 0;
const usageOf = (rule) => rule.usage || {in: asked_tokens, out: 7};

function openai(rule, model, stream) {
    const usage = {
        prompt_tokens: usageOf(rule).in,
        completion_tokens: usageOf(rule).out,
        total_tokens: usageOf(rule).in + usageOf(rule).out,
    };
    const finish = rule.finish || 'stop';
    const chunk = (choices, more) => `data: ${JSON.stringify({
        id: 'chatcmpl-1', object: 'chat.completion.chunk', model, choices,
        ...more,
    })}\n\n`;

    if (!stream)
        return JSON.stringify({
            id: 'chatcmpl-1', object: 'chat.completion', model, usage,
            choices: [{
                index: 0, finish_reason: finish,
                message: {role: 'assistant', content: rule.text},
            }],
        });
    return [...rule.text.match(/[^]{1,16}/g) || [''], null].map((piece) =>
        chunk([{
            index: 0, delta: piece === null ? {} : {content: piece},
            finish_reason: piece === null ? finish : null,
        }])).join('') + chunk([], {usage}) + 'data: [DONE]\n\n';
}

function anthropic(rule, model) {
    const event = (type, more) =>
        `event: ${type}\ndata: ${JSON.stringify({type, ...more})}\n\n`;

    return event('message_start', {message: {
        id: 'msg_1', type: 'message', role: 'assistant', model, content: [],
        usage: {input_tokens: usageOf(rule).in, output_tokens: 1},
    }}) + event('content_block_start', {
        index: 0, content_block: {type: 'text', text: ''},
    }) + event('content_block_delta', {
        index: 0, delta: {type: 'text_delta', text: rule.text},
    }) + event('content_block_stop', {index: 0}) + event('message_delta', {
        delta: {stop_reason: rule.finish || 'end_turn'},
        usage: {output_tokens: usageOf(rule).out},
    }) + event('message_stop', {});
}

function ollama(rule, model) {
    return [{model, message: {role: 'assistant', content: rule.text},
        done: false}, {model, message: {role: 'assistant', content: ''},
        done: true, done_reason: rule.finish || 'stop',
        prompt_eval_count: usageOf(rule).in, eval_count: usageOf(rule).out,
    }].map((line) => JSON.stringify(line) + '\n').join('');
}

function bodyOf(rule, request, asked) {
    const model = rule.model || asked.model || 'm';

    asked_tokens = Math.ceil(JSON.stringify(asked).length / 4);

    if (rule.text === undefined)
        return rule.body || '';
    if (request.url.endsWith('/v1/messages'))
        return anthropic(rule, model);
    if (request.url.endsWith('/api/chat'))
        return ollama(rule, model);
    return openai(rule, model, asked.stream);
}

function headersOf(rule) {
    const headers = {...rule.headers};

    if (rule.text !== undefined)
        headers['content-type'] = 'text/event-stream';
    if (rule.huge)
        headers['x-huge'] = 'x'.repeat(rule.huge);
    return headers;
}

function dripOut(response, body, ms) {
    let at = 0;
    const timer = setInterval(() => {
        if (at >= body.length || response.destroyed) {
            clearInterval(timer);
            response.end();
        } else {
            response.write(body.subarray(at, ++at));
        }
    }, ms);
}

function pour(response, piece) {
    const more = () => {
        while (!response.destroyed && response.write(piece));
        if (!response.destroyed)
            response.once('drain', more);
    };

    more();
}

function answer(rule, request, response, asked) {
    const body = Buffer.from(bodyOf(rule, request, asked));

    if (rule.hang)
        return;
    response.writeHead(rule.status || 200, headersOf(rule));
    if (rule.endless) {
        pour(response, rule.endless);
    } else if (rule.drip) {
        dripOut(response, body, rule.drip);
    } else if (rule.cut !== undefined) {
        response.write(body.subarray(0, rule.cut),
            () => response.destroy());
        if (rule.cut === 0)
            response.destroy();
    } else if (rule.stall !== undefined) {
        response.write(body.subarray(0, rule.stall));
    } else {
        response.end(body);
    }
}

function parse(text) {
    try {
        return JSON.parse(text);
    } catch {
        return {};
    }
}

function choose(text) {
    const rule = rules.find((one) => text.includes(one.match || '') &&
        (one.times === undefined || one.times > 0));

    if (rule && rule.times !== undefined)
        rule.times--;
    return rule || {status: 404, body: '{"error":{"message":"no rule"}}'};
}

const server = http.createServer({maxHeaderSize: 1 << 20}, (request, response) => {
    let text = '';

    running++;
    response.on('close', () => running--);
    response.on('error', () => {});
    request.on('data', (piece) => text += piece);
    request.on('end', () => {
        const rule = choose(text);

        fs.appendFileSync(journal, JSON.stringify({
            at: Date.now(), running, url: request.url,
            headers: request.headers, body: parse(text),
        }) + '\n');
        setTimeout(() => answer(rule, request, response, parse(text)),
            rule.delay || 0);
    });
});

server.keepAliveTimeout = 60000;
server.listen(Number(port || 0), '127.0.0.1', () =>
    console.log(`ready ${server.address().port}`));
process.stdin.resume();
process.stdin.on('end', () => process.exit());

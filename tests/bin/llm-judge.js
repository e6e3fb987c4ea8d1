// Judges that others wrote, one line of JSON at a time.
//
//     node llm-judge.js tokens    a string -> how many tokens it is, by
//                                 o200k_base and by cl100k_base
//     node llm-judge.js schema    [schema, value] -> true, false, or why the
//                                 schema is none
'use strict';
const readline = require('node:readline');

const judges = {
    tokens() {
        const o200k = require('gpt-tokenizer/encoding/o200k_base');
        const cl100k = require('gpt-tokenizer/encoding/cl100k_base');

        return (text) => `${o200k.countTokens(text)} ${cl100k.countTokens(text)}`;
    },
    schema() {
        const Ajv = require('ajv/dist/2020').default;
        const known = new Map();

        return ([schema, value]) => {
            const text = JSON.stringify(schema);

            if (!known.has(text))
                known.set(text, new Ajv({strict: false, logger: false,
                    validateFormats: false}).compile(schema));
            return String(known.get(text)(value));
        };
    },
};

const judge = judges[process.argv[2]]();
readline.createInterface({input: process.stdin}).on('line', (line) => {
    let verdict;
    try {
        verdict = judge(JSON.parse(line));
    } catch (error) {
        verdict = `error ${error.message.split('\n')[0]}`;
    }
    console.log(verdict);
});

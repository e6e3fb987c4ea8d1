// peer-bullmq - BullMQ as its documentation says it should be used
//
//     node peer-bullmq.mjs submit|drain SOCKET N
//
// submit: addBulk of 1000 at a time; drain: one worker that does nothing,
// concurrency 200, the best of 50, 200 and 500 there.  BULLMQ names the
// folder whose node_modules hold the packages bullmq and ioredis.
import { createRequire } from "node:module";

const [action, path, count] = [
    process.argv[2], process.argv[3], Number(process.argv[4]),
];
const { Queue, Worker } = createRequire(`${process.env.BULLMQ}/`)("bullmq");
const connection = { path, maxRetriesPerRequest: null };
const rate = (began) =>
    console.log("rate", Math.round(count / ((performance.now() - began) / 1e3)));

if (action === "submit") {
    const queue = new Queue("bench", { connection });
    await queue.waitUntilReady();
    const began = performance.now();
    for (let i = 0; i < count; i += 1000) {
        await queue.addBulk(Array.from({ length: Math.min(1000, count - i) },
            (_, k) => ({
                name: "research",
                data: {
                    description: `Summarise document number ${i + k}`,
                    n: i + k,
                    url: `https://example.com/documents/${i + k}`,
                },
            })));
    }
    rate(began);
    await queue.close();
} else {
    let done = 0;
    const began = performance.now();
    const worker = new Worker("bench", async () => {}, {
        connection, concurrency: 200, removeOnComplete: { count: 0 },
    });
    await new Promise((resolve) => worker.on("completed", () => {
        if (++done === count)
            resolve();
    }));
    rate(began);
    await worker.close();
}

// ONNX Runtime as a peer: node ort.mjs GRAPHS NAME THREADS [LENGTH [BATCH]]; for each line one run of the graph, answered with milliseconds.
// Graphs and weight files are those of the folder GRAPHS (see its README); weights are random numbers of the stated mean and deviation, made once in the cache.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import readline from 'node:readline';
import { createRequire } from 'node:module';

const [graphs, name, threads, length = '10', batch = '1'] = process.argv.slice(2);
const cache = process.env.PEERS_CACHE ?? path.join(os.homedir(), '.cache', 'euterpe-peers');
const ort = createRequire(path.join(cache, 'npm', 'package.json'))('onnxruntime-node');

const table = new Float32Array((1 << 20) + 7);
let state = 20240826;
function uniform() { state ^= state << 13; state ^= state >>> 17; state ^= state << 5; return ((state >>> 0) + 0.5) / 2 ** 32; }
for (let i = 0; i < table.length; i++) table[i] = Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
let place = 0;
function fill(values, mean = 0, std = 1) {
  let from = (place += 104729) % table.length;
  for (let i = 0; i < values.length; i++) {
    values[i] = mean + std * table[from];
    if (++from === table.length) from = 0;
  }
  return values;
}

function prepare() {
  const { bytes, weights } = JSON.parse(fs.readFileSync(path.join(graphs, name + '.json'), 'utf8'));
  const folder = path.join(cache, name), file = path.join(folder, 'weights.bin'), model = path.join(folder, 'model.onnx');
  fs.mkdirSync(folder, { recursive: true });
  fs.copyFileSync(path.join(graphs, name + '.onnx'), model);
  if (fs.statSync(file, { throwIfNoEntry: false })?.size === bytes) return model;
  const out = fs.openSync(file + '.part', 'w');
  for (const [offset, type, count, mean, std] of weights) {
    if (type !== 'f32') throw new Error(`${name}: weights of type ${type} are not made here`);
    fs.writeSync(out, fill(new Float32Array(count), mean, std), 0, undefined, offset);
  }
  fs.closeSync(out);
  fs.renameSync(file + '.part', file);
  return model;
}

const float = (...dims) => new ort.Tensor('float32', fill(new Float32Array(dims.reduce((a, b) => a * b, 1))), dims);
const feeders = {
  clap_htsat_tiny: (n, b) => ({ features: float(b, 1, 1001, 64) }),
  clap_htsat_base: (n, b) => ({ features: float(b, 1, 1001, 64) }),
  mert95m: (n, b) => ({ wave: float(b, 24000 * n) }),
  mert330m: (n, b) => ({ wave: float(b, 24000 * n) }),
};
if (!feeders[name]) { console.log(`unknown graph ${name}`); process.exit(1); }

const session = await ort.InferenceSession.create(prepare(), {
  executionProviders: ['cpu'], intraOpNumThreads: Number(threads), interOpNumThreads: 1, graphOptimizationLevel: 'all', logSeverityLevel: 3,
});
place = 1;
const feeds = feeders[name](Number(length), Number(batch));
console.log(`ready onnxruntime-node ${ort.env.versions.node}`);
let first = true;
for await (const _ of readline.createInterface({ input: process.stdin })) {
  const start = performance.now(), out = await session.run(feeds), milliseconds = performance.now() - start;
  if (first && !Object.values(out).every(t => t.data.every(Number.isFinite))) { console.log(`${name}: not finite`); process.exit(1); }
  first = false;
  for (const key in out) out[key].dispose();
  console.log(milliseconds.toFixed(6));
}

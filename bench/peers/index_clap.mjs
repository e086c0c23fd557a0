// Decode + ONNX Runtime in one script: node index_clap.mjs GRAPHS LIST THREADS AT_ONCE; for each line "run" all files of LIST (a path a line) are decoded by FFmpeg to 48 kHz
// mono and cut into the windows of 10 s that Euterpe cuts (a short sound is one window), and the graph runs once a window. The log-mel is left out, which favours this
// script: the graph is fed numbers that are there. Decoders run ahead while the graph works.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import readline from 'node:readline';
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';

const [graphs, list, threads, atOnce] = process.argv.slice(2);
const name = 'clap_htsat_tiny', cache = process.env.PEERS_CACHE ?? path.join(os.homedir(), '.cache', 'euterpe-peers');
const ort = createRequire(path.join(cache, 'npm', 'package.json'))('onnxruntime-node');
const files = fs.readFileSync(list, 'utf8').split('\n').filter(line => line.length > 0);
const window = 480000;

let state = 20240826;
function normal() {
  let sum = -6;
  for (let i = 0; i < 12; i++) { state ^= state << 13; state ^= state >>> 17; state ^= state << 5; sum += (state >>> 0) / 2 ** 32; }
  return sum;
}

function prepare() {
  const { bytes, weights } = JSON.parse(fs.readFileSync(path.join(graphs, name + '.json'), 'utf8'));
  const folder = path.join(cache, name), file = path.join(folder, 'weights.bin'), model = path.join(folder, 'model.onnx');
  fs.mkdirSync(folder, { recursive: true });
  fs.copyFileSync(path.join(graphs, name + '.onnx'), model);
  if (fs.statSync(file, { throwIfNoEntry: false })?.size === bytes) return model;
  const out = fs.openSync(file + '.part', 'w');
  for (const [offset, , count, mean, std] of weights) {
    fs.writeSync(out, Float32Array.from({ length: count }, () => mean + std * normal()), 0, undefined, offset);
  }
  fs.closeSync(out);
  fs.renameSync(file + '.part', file);
  return model;
}

const session = await ort.InferenceSession.create(prepare(), {
  executionProviders: ['cpu'], intraOpNumThreads: Number(threads), interOpNumThreads: 1, graphOptimizationLevel: 'all', logSeverityLevel: 3,
});
const features = new ort.Tensor('float32', Float32Array.from({ length: 1001 * 64 }, normal), [1, 1, 1001, 64]);

function decode(file) {
  return new Promise((resolve, reject) => {
    const child = spawn('ffmpeg', ['-nostdin', '-hide_banner', '-loglevel', 'error', '-threads', '1', '-i', 'file:' + file, '-map', '0:a:0', '-vn', '-sn', '-dn',
      '-ar', '48000', '-ac', '1', '-c:a', 'pcm_f32le', '-f', 'f32le', 'pipe:1'], { stdio: ['ignore', 'pipe', 'inherit'] });
    const blocks = [];
    child.stdout.on('data', block => blocks.push(block));
    child.on('close', code => code === 0 ? resolve(Buffer.concat(blocks)) : reject(new Error(`${file}: ffmpeg ended with ${code}`)));
  });
}

function windows(samples) {
  if (samples <= window) return 1;
  const whole = Math.floor(samples / window), rest = samples - whole * window;
  return whole + (rest * 10 >= window ? 1 : 0);
}

async function run() {
  // As many decoders ahead as there are graph runs at once; each worker takes the next file whose sound is there.
  let next = 0, ran = 0;
  const ahead = [];
  const fill = () => { while (ahead.length < 2 * atOnce && next < files.length) ahead.push(decode(files[next++])); };
  async function work() {
    for (;;) {
      fill();
      const sound = ahead.shift();
      if (!sound) return;
      const buffer = await sound;
      fill();
      for (let left = windows(buffer.length / 4); left > 0; left--, ran++) {
        const out = await session.run({ features });
        for (const key in out) out[key].dispose();
      }
    }
  }
  await Promise.all(Array.from({ length: Number(atOnce) }, work));
  return ran;
}

console.log(`ready FFmpeg and onnxruntime-node ${ort.env.versions.node}`);
for await (const _ of readline.createInterface({ input: process.stdin })) {
  const start = performance.now(), ran = await run();
  if (ran < files.length) { console.log(`${ran} windows of ${files.length} files`); process.exit(1); }
  console.log((performance.now() - start).toFixed(6));
}

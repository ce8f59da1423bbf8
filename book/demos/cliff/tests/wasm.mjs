// Runs the WebAssembly of the committed fragment and compares every number with the native one.
//
//     node wasm.mjs demo.html golden.json
import { readFileSync } from 'node:fs';

const fragment = readFileSync(process.argv[2], 'utf8');
const golden = JSON.parse(readFileSync(process.argv[3], 'utf8'));
const base64 = fragment.match(/class="cliff-wasm">([A-Za-z0-9+/=]*)<\/script>/)[1];
const bytes = Buffer.from(base64, 'base64');
const { instance } = await WebAssembly.instantiate(bytes, {});
const { plan, numbers, memory } = instance.exports;

let passed = 0;
let failed = 0;
function check(name, faults) {
  if (faults.length === 0) passed += 1;
  else failed += 1;
  for (const fault of faults) console.log(`${name}: ${fault}`);
}

let worst = 0;
for (const { temperature, slip, exact, numbers: native } of golden) {
  const length = plan(temperature, slip, exact);
  const computed = new Float64Array(memory.buffer, numbers(), length);
  const faults = length === native.length ? [] : [`${length} numbers, natively ${native.length}`];
  native.forEach((value, index) => {
    const error = Math.abs(computed[index] - value);
    worst = Math.max(worst, error);
    if (!(error <= 1e-9)) faults.push(`number ${index} is ${computed[index]}, natively ${value}`);
  });
  check(`temperature ${temperature}, slip ${slip}, exact ${exact}`, faults);
}

const refused = [[-0.1, 0.3], [NaN, 0.3], [Infinity, 0.3], [0.3, -0.1], [0.3, 1.1], [0.3, NaN]];
const taken = refused.filter(([temperature, slip]) => plan(temperature, slip, 1) !== 0);
check('out of range', taken.map((pair) => `${pair} was taken`));

// Names of folders would make the bytes depend on the machine, and say too much about it.
const text = bytes.toString('latin1');
const named = text.match(/[^\0]{0,20}(registry|\/home\/|\/root\/|\/Users\/|\/tmp\/)[^\0]{0,20}/);
check('strings', named ? [`holds the path ${named[0]}`] : []);

console.log(`${golden.length} plans, the largest difference ${worst}; ${bytes.length} bytes`);
console.log(`${passed} passed, ${failed} failed`);

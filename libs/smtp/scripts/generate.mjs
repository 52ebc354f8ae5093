// Compiles line-scan.wat into src/generated, which is not committed: as text, so that bundles need no file beside them.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import openWabt from 'wabt';

const sources = path.resolve(import.meta.dirname, '../src');
const output = path.join(sources, 'generated');
const name = 'line-scan.wat';

rmSync(output, { recursive: true, force: true });
mkdirSync(output, { recursive: true });
const wabt = await openWabt();
const module = wabt.parseWat(name, readFileSync(path.join(sources, name), 'utf8'), { simd: true });
module.validate();
const bytes = Buffer.from(module.toBinary({}).buffer);
module.destroy();
writeFileSync(
  path.join(output, 'line-scan.ts'),
  `// Generated from ${name}: its WebAssembly, in base64.\nexport const lineScan = '${bytes.toString('base64')}';\n`,
);

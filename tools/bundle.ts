// The build of an app: each entry point with all it imports as one file for Node.js.
//   node ../../tools/bundle.ts src/main.ts [another entry …] [--target=node20] [--no-sourcemap]
// Blanks, comments and syntax are made small, names stay: a service holds its own text in memory, and what it logs of
// an error names functions and classes. Licences stand in a file beside it. zod is imported as a namespace (`* as z`)
// everywhere: its member `z` would bring its texts in 40 languages along.
import { parseArgs } from 'node:util';
import { build } from 'esbuild';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  allowNegative: true,
  options: { target: { type: 'string', default: 'node24' }, sourcemap: { type: 'boolean', default: true } },
});

await build({
  entryPoints: positionals,
  bundle: true,
  platform: 'node',
  target: values.target,
  format: 'esm',
  sourcemap: values.sourcemap,
  outbase: 'src',
  outdir: 'dist',
  logLevel: 'warning',
  minifySyntax: true,
  minifyWhitespace: true,
  // A stack names a line of some use.
  lineLimit: 160,
  // main.js.LEGAL.txt goes wherever the bundle goes. In the bundle one name with an umlaut makes V8 hold its text twice.
  legalComments: 'external',
  // Packages in CommonJS ask for Node's own modules by `require`.
  banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
});

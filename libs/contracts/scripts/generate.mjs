// Compiles proto/ with protoc and ts-proto into src/generated, which is not committed.
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';

const project = path.resolve(import.meta.dirname, '..');
const root = path.resolve(project, '../..');
const output = path.join(project, 'src/generated');
const bin = (name) => path.join(root, 'node_modules/.bin', name);

rmSync(output, { recursive: true, force: true });
mkdirSync(output, { recursive: true });
const options = [
  'esModuleInterop=true',
  'importSuffix=.ts',
  'outputServices=grpc-js',
  'stringEnums=true',
  'enumsAsLiterals=true',
  'removeEnumPrefix=true',
  'oneof=unions-value',
  'forceLong=number',
  'useExactTypes=false',
  'outputJsonMethods=false',
  'outputPartialMethods=false',
  'annotateFilesWithVersion=false',
];
const files = [
  'mail/v1/envelope.proto',
  'mail/v1/notice.proto',
  'policy/v1/account.proto',
  'policy/v1/credential.proto',
  'policy/v1/identity.proto',
  'policy/v1/policy.proto',
  'policy/v1/pool.proto',
  'policy/v1/subscription.proto',
  'policy/v1/suppression.proto',
  'policy/v1/template.proto',
];
execFileSync(
  bin('protoc'),
  [
    `--plugin=protoc-gen-ts_proto=${bin('protoc-gen-ts_proto')}`,
    `--proto_path=${path.join(root, 'proto')}`,
    `--ts_proto_out=${output}`,
    `--ts_proto_opt=${options.join(',')}`,
    ...files,
  ],
  { stdio: 'inherit' },
);

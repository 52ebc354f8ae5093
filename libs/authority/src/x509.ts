// The X.509 library behind the one import that must come before it: its container wants Reflect metadata.
import 'reflect-metadata';

export * as x509 from '@peculiar/x509';

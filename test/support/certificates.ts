import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Certificate {
  readonly key: Buffer;
  readonly cert: Buffer;
}

export interface CertificateAuthority {
  /** Trusted by a process started with NODE_EXTRA_CA_CERTS. */
  readonly path: string;
  /** A certificate for localhost and 127.0.0.1; `days` below zero has expired. */
  issue(name: string, days?: number): Certificate;
}

/** A new certificate authority, made with the openssl program; only processes configured for it trust it. */
export function makeAuthority(folder: string): CertificateAuthority {
  const at = (name: string): string => join(folder, name);
  const openssl = (...args: string[]): void => {
    execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  };
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  openssl(
    'req',
    '-x509',
    ...newKey,
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
    '-days',
    '2',
    '-subj',
    '/CN=A test authority',
  );
  writeFileSync(at('extensions'), 'subjectAltName=DNS:localhost,IP:127.0.0.1\n');
  return {
    path: at('ca.pem'),
    issue: (name, days = 2) => {
      const [key, request, cert] = [`${name}.key`, `${name}.csr`, `${name}.pem`];
      openssl('req', ...newKey, '-keyout', key, '-out', request, '-subj', '/CN=localhost');
      const authority = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-extfile', 'extensions'];
      openssl('x509', '-req', '-in', request, ...authority, '-days', String(days), '-out', cert);
      return { key: readFileSync(at(key)), cert: readFileSync(at(cert)) };
    },
  };
}

import type { Browser } from 'playwright-core';

export interface ServerOptions {
  readonly userData?: string;
  readonly extensionsFolder?: string;
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly isTrusted?: boolean;
  readonly automation?: boolean;
  readonly environment?: Readonly<Record<string, string>>;
}

export interface RunningServer {
  readonly port: number;
  readonly userData: string;
  stop(): Promise<void>;
  output(): string;
}

export const untrustedSettings: Readonly<Record<string, unknown>>;
export function startServer(options?: ServerOptions): Promise<RunningServer>;
export function launchBrowser(): Promise<Browser>;
export function workbenchUrl(port: number, opening?: { readonly folder?: string | undefined }): string;

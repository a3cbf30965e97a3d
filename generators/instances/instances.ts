// Placeholder until the catalog is here: same interface, to be overwritten.
export interface Accelerator { kind: string }
export interface Instance {
  type: string;
  platform: 'linux/amd64' | 'linux/arm64';
  arch: 'x86_64' | 'arm64';
  accelerator: Accelerator | undefined;
  vCPU?: number;
  memoryGiB?: number;
}
export function isInstanceType(text: string): boolean {
  return /^ml\.[a-z0-9-]+\.([0-9]*)(medium|large|xlarge|metal)$/.test(text);
}
export function describeInstance(type: string): { instance: Instance; warning?: string } {
  const arm = /^ml\.[a-z]+\d+[a-z]*g/.test(type);
  return { instance: { type, platform: arm ? 'linux/arm64' : 'linux/amd64', arch: arm ? 'arm64' : 'x86_64', accelerator: /^ml\.(g|p)\d/.test(type) ? { kind: 'gpu' } : undefined } };
}

import type { LeftBehind } from './left-behind.ts';

/** As much of osls as the plugin uses. */
export interface Home {
  serverless: {
    serviceDir: string;
    service: {
      functions: Record<string, FunctionSetting>;
      custom: { abandon: boolean; nativeLibrary: 'include' | 'omit' };
      provider: { compiledCloudFormationTemplate: Template; architecture?: string; stage: string };
    };
    pluginManager: { plugins: object[] };
    getProvider(name: 'aws'): AwsProvider;
  };
  options: { 'aws-profile'?: string };
  log: { notice(text: string): void; warning(text: string): void };
  /** What a removal leaves; looked up before it, because the stack knows. */
  left?: readonly LeftBehind[];
}

export interface FunctionSetting {
  handler: string;
  package?: { artifact?: string };
}

export interface Template {
  Resources: Record<string, { Type: string; Properties?: Record<string, unknown>; DeletionPolicy?: string }>;
  Outputs?: Record<string, unknown>;
}

export interface AwsProvider {
  getRegion(): string;
  getAccountId(): Promise<string>;
  getStage(): string;
}

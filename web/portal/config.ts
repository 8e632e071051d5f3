/** Where the API and the authorization server answer; written into the page when it is published. */
export interface PortalConfig {
  readonly api: string;
  readonly auth: string;
}

/** Reads the page's own configuration. @throws when it was not published. */
export function readConfig(): PortalConfig {
  const config = JSON.parse(document.querySelector<HTMLMetaElement>('meta[name="rempart-config"]')?.content ?? '{}') as Partial<PortalConfig>;
  if (config.api === undefined || config.auth === undefined) throw new Error('this page was not published with its configuration');
  return { api: config.api, auth: config.auth };
}

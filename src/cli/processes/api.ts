import { createApi } from '../../servers/api/index.ts';
import { machineKeyRing } from '../context.ts';
import { readPortalTrust } from '../portal-settings.ts';
import { listen, openFor, required, served, type Ports } from './process.ts';

export async function run({ port, metricsPort }: Ports): Promise<number> {
  const pool = openFor('api');
  const gatePool = openFor('api', true);
  const trust = readPortalTrust();
  const trustedProxies = (process.env['REMPART_TRUSTED_PROXIES'] ?? '').split(',').map((range) => range.trim()).filter((range) => range !== '');
  const published = process.env['REMPART_LOG'];
  const api = await createApi({ pool, gatePool, keyRing: machineKeyRing(), baseUrl: required('REMPART_PUBLIC_URL'), announceMs: Number(process.env['REMPART_ANNOUNCE_MS'] ?? 0), trustedProxies, ...(published === undefined ? {} : { log: published }), ...(trust === undefined ? {} : { portal: trust }) });
  await listen(api.server, port);
  await listen(api.internal, metricsPort);
  return served('api', async () => { await api.close(); await Promise.all([pool.end(), gatePool.end()]); });
}

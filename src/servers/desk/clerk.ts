import { createHash } from 'node:crypto';
import { createWriteStream, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { AppError, log, stateFolder, type KeyRing, type PeriodKeys, type Pool } from '../../ground/index.ts';
import { getIncident, listExposure, prepareDocuments, readContent, readClocks, readWaiting, sendDocument, sendEach, type IncidentDocument, type Party, type TwoPersons } from '../../incidents/index.ts';
import { createDecoyKeeper } from '../../registry/index.ts';
import { noteJob, takeJob, type Job } from './incident-store.ts';

const EVERY_MS = 1000;

/** What the clerk works with. */
export interface ClerkOptions {
  /** In the role `rempart_desk`. */
  readonly pool: Pool;
  readonly keyRing: KeyRing;
  /** Who the operator is, for the forms. */
  readonly operator: Party;
  /** Opens links of rights that have left the register (docs/formats/insurer-pack.md). */
  readonly periodKeys?: PeriodKeys;
  /** Plays a rehearsed attack for a drill; left out where none can be played. @returns the incident it opened. */
  readonly playAttack?: (by: string, onProgress: (said: string) => void) => Promise<number>;
}

/** Does what officers ordered and the database recorded, one job at a time: lists, packs, sending, drills. No browser talks to it. */
export class Clerk {
  readonly #options: ClerkOptions;
  #timer: NodeJS.Timeout | undefined;
  #working: Promise<void> = Promise.resolve();

  constructor(options: ClerkOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer = setInterval(() => { this.#working = this.#working.then(() => this.workOnce()); }, EVERY_MS);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#working;
  }

  /** Does the jobs that wait. A job that fails says why to the officers; nothing else stops. */
  async workOnce(): Promise<void> {
    const { pool } = this.#options;
    try {
      for (let job = await takeJob(pool); job !== undefined; job = await takeJob(pool)) await this.#carryOut(job);
    } catch (cause) {
      log('error', 'clerk-failed', { name: cause instanceof Error ? cause.name : 'unknown' });
    }
  }

  async #carryOut(job: Job): Promise<void> {
    const { pool } = this.#options;
    try {
      await this.#do(job);
      await noteJob(pool, job.id, { done: true });
    } catch (cause) {
      if (!(cause instanceof AppError)) log('error', 'job-failed', { job: job.id, kind: job.kind, name: cause instanceof Error ? cause.name : 'unknown' });
      await noteJob(pool, job.id, { done: true, failure: cause instanceof AppError ? `${cause.publicText.fr} / ${cause.publicText.en}` : 'Erreur interne / Internal error' });
    }
  }

  async #do(job: Job): Promise<void> {
    const { pool, keyRing, operator, periodKeys, playAttack } = this.#options;
    const say = (progress: string): void => { noteJob(pool, job.id, { progress }).catch(() => undefined); };
    if (job.kind === 'drill') {
      if (playAttack === undefined) throw new AppError({ code: 'unavailable', publicText: { fr: 'Aucune attaque répétée n’est réglée ici (REMPART_DRILL).', en: 'No rehearsed attack is set here (REMPART_DRILL).' } });
      await noteJob(pool, job.id, { incident: await playAttack(job.by_first, say) });
      return;
    }
    const incident = job.incident_id ?? 0;
    const onProgress = (done: number, of: number): void => say(`${done}/${of}`);
    if (job.kind === 'list') {
      const decoys = createDecoyKeeper(keyRing.decoyKey);
      await listExposure(pool, incident, { by: job.by_first, decoysAmong: decoys.decoysAmong, onProgress });
    }
    else {
      const two: TwoPersons = { by: job.by_first, and: job.by_second ?? '' };
      // The list that both signed, whatever was listed since.
      const exposureId = job.exposure_id ?? 0;
      const lateReason = job.reason ?? '';
      if (job.kind === 'packs') await prepareDocuments(pool, incident, { ...two, exposureId, ...(await isFilingLate(pool, incident) ? { lateReasons: lateReason } : {}), keyRing, operator, ...(periodKeys === undefined ? {} : { periodKeys }), onProgress: (what, done, of) => say(`${what} ${done}/${of}`) });
      else await this.#send({ incidentId: incident, exposureId }, { ...two, lateReason });
    }
  }

  // Insurers fetch theirs by the API. Whatever else goes out is laid in the outbox, with its hash as proof; a drill lays
  // nothing there. The operator's own form waits there too, but an officer files it, and says so on its clock.
  async #send({ incidentId, exposureId }: { readonly incidentId: number; readonly exposureId: number }, order: TwoPersons & { readonly lateReason: string }): Promise<void> {
    const { pool } = this.#options;
    const { drill } = await getIncident(pool, incidentId);
    const documents = await readWaiting(pool, incidentId, { exposureId });
    if (documents.length === 0) throw new AppError({ code: 'conflict', detail: 'nothing-ready', publicText: { fr: `Rien n’attend d’être envoyé pour la liste ${exposureId} : préparez d’abord ses dossiers.`, en: `Nothing waits to be sent for list ${exposureId}: prepare its packs first.` } });
    await sendEach(documents, async (document) => {
      if (document.recipient.startsWith('insurer:')) return sendDocument(pool, document.id, { ...order, via: 'api' });
      const proof = drill ? {} : await layOut(pool, incidentId, document);
      if (document.recipient !== 'cnil') await sendDocument(pool, document.id, { ...order, via: 'outbox', proof });
    });
  }
}

// The operator's own time to notify the authority is over: its form says why.
async function isFilingLate(pool: Pool, incidentId: number): Promise<boolean> {
  const own = (await readClocks(pool, incidentId)).find((clock) => clock.kind === 'authority' && clock.insurerId === null);
  return own !== undefined && own.dueAt < (own.metAt ?? new Date());
}

async function layOut(pool: Pool, incidentId: number, document: IncidentDocument): Promise<{ readonly file: string; readonly sha256: string }> {
  const folder = join(stateFolder('outbox'), `incident-${incidentId}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = `${document.id}-${document.kind}-v${document.version}`;
  const sha = createHash('sha256');
  await pipeline(Readable.from(readContent(pool, document)), async function* hashed(parts: AsyncIterable<Buffer>) {
    for await (const part of parts) {
      sha.update(part);
      yield part;
    }
  }, createWriteStream(join(folder, file), { mode: 0o600 }));
  return { file, sha256: sha.digest('hex') };
}

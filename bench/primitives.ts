import { createHash, generateKeyPairSync } from 'node:crypto';
import { createProof, generateClientKey, ProofVerifier } from '../src/access/index.ts';
import { signEd25519, type Pool } from '../src/ground/index.ts';
import { createBlindIndexer } from '../src/registry/index.ts';
import { processorSeconds } from './processes.ts';

/** Microseconds of processor time of one piece of work: the median of nine rounds. */
export function microseconds(rounds: number, work: (i: number) => void): number {
  for (let i = 0; i < rounds / 4; i += 1) work(i);
  const taken = Array.from({ length: 9 }, () => {
    const before = process.cpuUsage();
    for (let i = 0; i < rounds; i += 1) work(i);
    const used = process.cpuUsage(before);
    return (used.user + used.system) / rounds;
  }).toSorted((a, b) => a - b);
  return taken[4] as number;
}

/** What a check cannot do without, in microseconds of processor time each. */
export interface Primitives {
  readonly es256VerifyUs: number;
  readonly hmacUs: number;
  readonly ed25519SignUs: number;
  readonly commitUs: number;
}

/** HMACs of one question: its index, its digest, and the hashes that name its token and proof. */
export const HMACS_A_QUESTION = 4;

/** One durable commit of one small row, in PostgreSQL's processor time. */
async function commitMicroseconds(pool: Pool, postgresPid: number): Promise<number> {
  await pool.query('create table if not exists bench_commit (id bigint generated always as identity, note text)');
  const client = await pool.connect();
  const rounds = 600;
  for (let i = 0; i < 50; i += 1) await client.query({ name: 'c', text: 'insert into bench_commit (note) values ($1)', values: ['x'] });
  const before = processorSeconds(postgresPid);
  for (let i = 0; i < rounds; i += 1) await client.query({ name: 'c', text: 'insert into bench_commit (note) values ($1)', values: ['x'] });
  const used = processorSeconds(postgresPid) - before;
  client.release();
  await pool.query('drop table bench_commit');
  return (used / rounds) * 1e6;
}

/** One proof's ES256 verification, in this process. */
export function verifyMicroseconds(): number {
  const key = generateClientKey();
  const [url, token] = ['http://127.0.0.1/v1/checks', 'a'.repeat(43)];
  const proofs = Array.from({ length: 1500 }, () => createProof({ key, method: 'POST', url, accessToken: token }));
  const verifier = new ProofVerifier();
  return microseconds(1500, (i) => { verifier.verify({ authorization: `DPoP ${token}`, proof: proofs[i], method: 'POST', url }); });
}

/** Measures them in this process and on this database. */
export async function measurePrimitives(pool: Pool, postgresPid: number): Promise<Primitives> {
  const es256VerifyUs = verifyMicroseconds();
  const indexer = createBlindIndexer(createHash('sha256').update('bench').digest());
  const hmacUs = microseconds(20_000, (i) => { indexer.byNir('1850575056001', { insurerId: 1, birthDate: '1985-05-01', birthRank: i % 3 }); });
  const { privateKey } = generateKeyPairSync('ed25519');
  const claims = Buffer.alloc(400, 'x');
  const ed25519SignUs = microseconds(2000, () => { signEd25519(claims, privateKey); });
  return { es256VerifyUs, hmacUs, ed25519SignUs, commitUs: await commitMicroseconds(pool, postgresPid) };
}

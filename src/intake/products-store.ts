import { transaction, type Pool } from '../ground/index.ts';
import { raced } from './load-store.ts';
import type { InsurerRow } from './store.ts';

/** A product as its insurer defines it from a day on. */
export interface ProductVersion {
  readonly code: string;
  readonly validFrom: string;
  readonly definition: object;
}

/** A products file that was read and verified. */
export interface ProductsFile {
  readonly insurer: InsurerRow;
  readonly sequence: number;
  readonly hash: Buffer;
  readonly products: readonly ProductVersion[];
}

/** New versions of a file's products, all or none; the latest definition of a code and day again is no new version. */
export async function insertProducts(pool: Pool, { insurer, sequence, hash, products }: ProductsFile): Promise<void> {
  await transaction(pool, async (client) => {
    const { rowCount } = await client.query('update registry.insurer set products_sequence = $2, products_hash = $3 where id = $1 and products_sequence = $2 - 1', [insurer.id, sequence, hash]);
    if (rowCount !== 1) throw raced();
    for (const { code, validFrom, definition } of products) {
      // The latest version of that code and day decides: a definition that comes back after another is a new version.
      await client.query(`insert into registry.product (insurer_id, code, version, valid_from, definition)
        select $1, $2, coalesce(max(version), 0) + 1, $3, $4::jsonb from registry.product where insurer_id = $1 and code = $2
        having $4::jsonb is distinct from (select p.definition from registry.product p where p.insurer_id = $1 and p.code = $2 and p.valid_from = $3 order by p.version desc limit 1)`, [insurer.id, code, validFrom, JSON.stringify(definition)]);
    }
  });
}

import type { Pool } from '../ground/index.ts';
import { findProduct } from '../gate/index.ts';
import { parseProduct, type Product } from '../guarantees/index.ts';

const CACHE_MAX = 2000;

/** Products by row number. A row never changes (a new version is a new row), so that it may be remembered. */
export class Products {
  readonly #pool: Pool;
  readonly #known = new Map<number, Product>();

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  /** The product of a row; undefined when there is none. */
  async find(id: number | null | undefined): Promise<Product | undefined> {
    if (id == null) return undefined;
    const known = this.#known.get(id);
    if (known !== undefined) return known;
    const definition = await findProduct(this.#pool, id);
    if (definition === undefined) return undefined;
    const product = parseProduct(definition);
    if (this.#known.size >= CACHE_MAX) this.#known.clear();
    this.#known.set(id, product);
    return product;
  }
}

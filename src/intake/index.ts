export { discardRights, loadRights, RIGHTS_MAGIC } from './load-rights.ts';
export type { LoadReport } from './load-rights.ts';
export { loadProducts, PRODUCTS_MAGIC } from './load-products.ts';
export { loadSettlement, SETTLEMENT_MAGIC } from './load-settlement.ts';
export type { SettlementReport } from './load-settlement.ts';
export { RIGHTS_FIELDS } from './rights-line.ts';

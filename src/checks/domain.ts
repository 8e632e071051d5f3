/** Domains of tiers payant, as cards print them. */
export const DOMAINS = ['PHAR', 'PHNO', 'MEDE', 'AUXM', 'LABO', 'RADL', 'DENT', 'OPTI', 'AUDI', 'TRAN', 'HOSP', 'EXTE', 'SAGE', 'CSTE'] as const;
export type Domain = (typeof DOMAINS)[number];

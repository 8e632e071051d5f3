/** Domains as a card prints them beside their code. */
export const PLAIN_DOMAINS: Readonly<Record<string, string>> = {
  PHAR: 'pharmacie', PHNO: 'pharmacie, taux réduits', MEDE: 'médecins', AUXM: 'auxiliaires', LABO: 'laboratoire', RADL: 'radiologie', DENT: 'dentaire', OPTI: 'optique', AUDI: 'audioprothèse',
  TRAN: 'transport', HOSP: 'hôpital', EXTE: 'soins externes', SAGE: 'sage-femme', CSTE: 'centre de santé',
};

/** What a verifier finds. Words for each stand in {@link FAULT_WORDS}. */
export type FaultKind = 'signature' | 'unwitnessed' | 'missing' | 'changed' | 'removed' | 'reordered' | 'forked' | 'rolled-back' | 'malformed' | 'unverified' | 'overdue';

/** One fault, with the place where it was found. */
export interface TreeFault {
  readonly kind: FaultKind;
  /** A file, a leaf, a checkpoint. */
  readonly where: string;
}

/** What each fault means, French first. */
export const FAULT_WORDS: Readonly<Record<FaultKind, { readonly fr: string; readonly en: string }>> = {
  signature: { fr: 'SIGNATURE : le point de contrôle n’est pas signé par la clé attendue.', en: 'SIGNATURE: the checkpoint is not signed by the expected key.' },
  unwitnessed: { fr: 'SANS TÉMOIN : trop peu de témoins ont cosigné ce point de contrôle.', en: 'UNWITNESSED: too few witnesses cosigned this checkpoint.' },
  missing: { fr: 'MANQUE : un fichier publié manque.', en: 'MISSING: a published file is not there.' },
  changed: { fr: 'MODIFIÉ : une écriture n’est plus celle qui a été engagée.', en: 'CHANGED: an entry is no longer the one that was committed to.' },
  removed: { fr: 'RETIRÉ : une écriture engagée a disparu sans effacement inscrit au journal.', en: 'REMOVED: a committed entry is gone, and no journalled erasure explains it.' },
  reordered: { fr: 'DÉPLACÉ : une écriture n’est pas à la place qui lui a été donnée.', en: 'REORDERED: an entry is not at the place it was given.' },
  forked: { fr: 'BIFURCATION : deux histoires différentes ont été signées.', en: 'FORKED: two different histories were signed.' },
  'rolled-back': { fr: 'RETOUR EN ARRIÈRE : le journal publié est plus court que celui déjà vu.', en: 'ROLLED BACK: the published journal is shorter than the one already seen.' },
  malformed: { fr: 'ILLISIBLE : un fichier n’a pas la forme prévue.', en: 'MALFORMED: a file has not the form it must have.' },
  unverified: { fr: 'NON VÉRIFIÉ : ces feuilles ne sont plus publiées, et aucun effacement vérifié ne les nomme.', en: 'NOT VERIFIED: these leaves are no longer published, and no verified erasure names them.' },
  overdue: { fr: 'PROMESSE NON TENUE : l’écriture promise n’est pas dans l’arbre à la date dite.', en: 'OVERDUE: the promised entry is not in the tree by the time said.' },
};

import type { Words } from '../shared/language.tsx';

/** Where an incident stands. */
export const INCIDENT_WORDS = {
  suspected: { fr: 'Soupçonné', en: 'Suspected' },
  confirmed: { fr: 'Confirmé', en: 'Confirmed' },
  contained: { fr: 'Contenu', en: 'Contained' },
  closed: { fr: 'Clos', en: 'Closed' },
  dismissed: { fr: 'Écarté', en: 'Dismissed' },
} as const satisfies Readonly<Record<string, Words>>;

/** What moves an incident on, by where it stands and where it goes. */
export const MOVE_WORDS: Readonly<Record<string, Words>> = {
  'suspected-confirmed': { fr: 'Confirmer : nous en sommes certains', en: 'Confirm: we are certain' },
  'suspected-dismissed': { fr: 'Écarter : ce n’en était pas un', en: 'Dismiss: it was none' },
  'dismissed-suspected': { fr: 'Rouvrir', en: 'Open again' },
  'confirmed-contained': { fr: 'Contenu : plus rien ne fuit', en: 'Contained: nothing leaks any more' },
  'contained-confirmed': { fr: 'La fuite a repris', en: 'The leak goes on again' },
  'contained-closed': { fr: 'Clore', en: 'Close' },
  'closed-contained': { fr: 'Rouvrir', en: 'Open again' },
};

/** How severe it is. */
export const LEVEL_WORDS = {
  low: { fr: 'faible', en: 'low' },
  medium: { fr: 'moyenne', en: 'medium' },
  high: { fr: 'élevée', en: 'high' },
  'very-high': { fr: 'très élevée', en: 'very high' },
} as const satisfies Readonly<Record<string, Words>>;

/** What each clock counts down to. */
export const DUTY_WORDS = {
  authority: { fr: 'Notifier la CNIL', en: 'Notify the authority' },
  'tell-insurer': { fr: 'Prévenir l’assureur', en: 'Tell the insurer' },
  acknowledge: { fr: 'Accusé de réception', en: 'Acknowledgement of receipt' },
  'tell-persons': { fr: 'Personnes informées par l’assureur', en: 'Persons told by the insurer' },
} as const satisfies Readonly<Record<string, Words>>;

/** Fields of an answer, by their bit (docs/formats/journal-entry.md). */
export const FIELD_WORDS: Readonly<Record<string, Words>> = {
  1: { fr: 'Couvert', en: 'Covered' },
  2: { fr: 'Période', en: 'Period' },
  4: { fr: 'Règle', en: 'Rule' },
  8: { fr: 'Montants', en: 'Amounts' },
  16: { fr: 'Garantie', en: 'Guarantee' },
  32: { fr: 'Motif', en: 'Reason' },
};

/** What must be done before an incident can be closed. */
export const LEFT_WORDS: Readonly<Record<string, Words>> = {
  severity: { fr: 'Évaluer la gravité.', en: 'Assess severity.' },
  notification: { fr: 'Décider de notifier ou non.', en: 'Decide whether to notify.' },
  exposure: { fr: 'Établir la liste pour le périmètre actuel, jusqu’à la fin de la fuite, avec tout ce qui a été effacé ou perdu.', en: 'Make the list for the present scope, to the end of the leak, with all that was erased or lost.' },
  packs: { fr: 'Envoyer aux assureurs les dossiers de la dernière liste : elle nomme des personnes qu’aucun dossier envoyé ne nomme.', en: 'Send insurers the packs of the last list: it names persons whom no pack sent names.' },
  clocks: { fr: 'Prévenir chaque assureur et notifier la CNIL.', en: 'Tell each insurer and notify the authority.' },
};

/** What the clerk does. */
export const JOB_WORDS = {
  list: { fr: 'Liste', en: 'List' },
  packs: { fr: 'Dossiers', en: 'Packs' },
  send: { fr: 'Envoi', en: 'Sending' },
  drill: { fr: 'Exercice', en: 'Drill' },
} as const satisfies Readonly<Record<string, Words>>;

/** What goes out. */
export const DOCUMENT_WORDS: Readonly<Record<string, Words>> = {
  'insurer-pack': { fr: 'Dossier d’assureur', en: 'Insurer’s pack' },
  'authority-file': { fr: 'Formulaire CNIL (données)', en: 'Authority’s form (data)' },
  'authority-pdf': { fr: 'Formulaire CNIL (PDF)', en: 'Authority’s form (PDF)' },
  'professional-letter': { fr: 'Lettre au professionnel', en: 'Letter to the professional' },
  'case-file': { fr: 'Pièces du dossier', en: 'Case file' },
};

/** What officers know and the form asks. */
export const FACT_WORDS: Readonly<Record<string, Words>> = {
  description: { fr: 'Ce qui s’est passé', en: 'What happened' },
  discovery: { fr: 'Comment nous l’avons appris', en: 'How we learnt of it' },
  measuresTaken: { fr: 'Mesures prises', en: 'Measures taken' },
  measuresPlanned: { fr: 'Mesures prévues', en: 'Measures planned' },
  consequences: { fr: 'Conséquences probables', en: 'Likely consequences' },
};

/** What was done to an incident. */
export const EVENT_WORDS: Readonly<Record<string, Words>> = {
  opened: { fr: 'Ouvert', en: 'Opened' },
  scope: { fr: 'Périmètre changé', en: 'Scope changed' },
  confirmed: { fr: 'Confirmé', en: 'Confirmed' },
  contained: { fr: 'Contenu', en: 'Contained' },
  closed: { fr: 'Clos', en: 'Closed' },
  dismissed: { fr: 'Écarté', en: 'Dismissed' },
  facts: { fr: 'Faits complétés', en: 'Facts completed' },
  assessed: { fr: 'Gravité évaluée', en: 'Severity assessed' },
  'notification-notify': { fr: 'Décidé de notifier', en: 'Decided to notify' },
  'notification-none': { fr: 'Décidé de ne pas notifier', en: 'Decided not to notify' },
  'list-begun': { fr: 'Liste commencée', en: 'List begun' },
  document: { fr: 'Document préparé', en: 'Document prepared' },
  'pack-released': { fr: 'Liste nominative ouverte pour un dossier', en: 'List of persons opened for a pack' },
  listed: { fr: 'Liste établie', en: 'List made' },
  released: { fr: 'Liste ouverte pour un dossier', en: 'List opened for a pack' },
  sent: { fr: 'Envoyé', en: 'Sent' },
  acknowledged: { fr: 'Accusé de réception', en: 'Acknowledged' },
  'clock-met': { fr: 'Délai tenu', en: 'Duty done' },
  progress: { fr: 'L’assureur informe ses assurés', en: 'The insurer tells its insured' },
  reminded: { fr: 'Relancé', en: 'Reminded' },
};

/** Choices of the severity form, by the method's own values. */
export const SEVERITY_WORDS: Readonly<Record<string, Readonly<Record<string, Words>>>> = {
  category: { sensitive: { fr: 'sensibles (couverture santé)', en: 'sensitive (health cover)' }, financial: { fr: 'financières', en: 'financial' }, behavioural: { fr: 'comportement', en: 'behavioural' }, simple: { fr: 'simples', en: 'simple' } },
  identification: { maximum: { fr: 'certaine', en: 'maximum' }, significant: { fr: 'importante', en: 'significant' }, limited: { fr: 'limitée', en: 'limited' }, negligible: { fr: 'négligeable', en: 'negligible' } },
  confidentiality: { 'unknown-recipients': { fr: 'lues par des inconnus', en: 'read by unknown recipients' }, 'known-recipients': { fr: 'lues par des personnes connues', en: 'read by known recipients' }, 'exposed-without-evidence': { fr: 'exposées, sans preuve de lecture', en: 'exposed, no evidence of reading' }, none: { fr: 'intacte', en: 'intact' } },
  malicious: { yes: { fr: 'oui', en: 'yes' }, no: { fr: 'non', en: 'no' } },
  nirRead: { no: { fr: 'non', en: 'no' }, yes: { fr: 'oui', en: 'yes' } },
};

/** What an incident is about. */
export const SCOPE_ITEM_WORDS: Readonly<Record<string, Words>> = {
  user: { fr: 'utilisateur', en: 'user' },
  professional: { fr: 'professionnel', en: 'professional' },
  installation: { fr: 'installation', en: 'installation' },
  establishment: { fr: 'établissement', en: 'establishment' },
  session: { fr: 'session', en: 'session' },
};

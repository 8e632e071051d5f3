import type { Words } from '../shared/language.tsx';

/** Where a request for two stands. */
export const STATE_WORDS = {
  asked: { fr: 'En attente', en: 'Waiting' },
  done: { fr: 'Fait', en: 'Done' },
  refused: { fr: 'Refusé', en: 'Refused' },
  withdrawn: { fr: 'Retiré', en: 'Withdrawn' },
  failed: { fr: 'Signé, mais impossible', en: 'Signed, but impossible' },
  expired: { fr: 'Expiré', en: 'Expired' },
} as const satisfies Readonly<Record<string, Words>>;

/** Why a request that two signed could not be done. */
export const REFUSED_WORDS: Readonly<Record<string, Words>> = {
  list: { fr: 'le périmètre ou la liste a changé depuis la demande', en: 'the scope or the list has changed since it was asked' },
};

/** What a request would do; `{x}` is a part of its subject. */
export const REQUEST_WORDS: Readonly<Record<string, Words>> = {
  stop: { fr: 'Arrêter {scope} {subject} pendant {hours} h', en: 'Stop {scope} {subject} for {hours} h' },
  ceilings: { fr: 'Plafonds sans présence : part {share} à partir du {from} ({source})', en: 'Ceilings without presence: share {share} from {from} ({source})' },
  decoys: { fr: 'Nouvelle époque de leurres, {perMille} pour mille', en: 'A new epoch of decoys, {perMille} per thousand' },
  'insurer-key': { fr: 'Changer les clés de l’assureur {amc} ({name}) : scellement {ageRecipient}, signature {signingKey}', en: 'Change the keys of insurer {amc} ({name}): sealing {ageRecipient}, signing {signingKey}' },
  'forgive-passkeys': { fr: 'Rendre une clé d’accès possible tout de suite au professionnel {rpps}', en: 'Let professional {rpps} enrol a passkey at once' },
  'officer-new': { fr: 'Nommer {name}, {role}', en: 'Name {name}, {role}' },
  'officer-remove': { fr: 'Retirer l’officier {name} ({role})', en: 'Remove officer {name} ({role})' },
  'officer-recovery': { fr: 'Rendre l’accès à {name} ({role}), qui a perdu sa clé', en: 'Give access back to {name} ({role}), whose passkey is lost' },
  'incident-move': { fr: 'Incident {incident} : passer à « {to} »', en: 'Incident {incident}: move to “{to}”' },
  'incident-no-notice': { fr: 'Incident {incident} : ne pas notifier', en: 'Incident {incident}: do not notify' },
  'incident-packs': { fr: 'Incident {incident} : ouvrir la liste nominative n° {exposure} ({persons} personnes) et préparer les dossiers', en: 'Incident {incident}: open list {exposure} of persons ({persons} of them) and prepare the packs' },
  'incident-send': { fr: 'Incident {incident} : envoyer ce qui est prêt pour la liste n° {exposure} ({persons} personnes)', en: 'Incident {incident}: send what is ready for list {exposure} ({persons} persons)' },
};

/** Why a request was withdrawn by nobody: what became of who asked. */
export const BECAUSE_WORDS: Readonly<Record<string, Words>> = {
  'officer-recovery': { fr: 'l’accès de cet officier a été rendu par deux autres', en: 'this officer’s access was given back by two others' },
  'officer-remove': { fr: 'cet officier a été retiré', en: 'this officer was removed' },
};

/** What happened, by purpose and outcome of its entry, or by purpose. */
export const HAPPENING_WORDS: Readonly<Record<string, Words>> = {
  freeze: { fr: 'Gel', en: 'Freeze' },
  'freeze/held': { fr: 'Gel en attente d’une personne', en: 'Freeze waits for a person' },
  'freeze/suspended': { fr: 'Installation fermée', en: 'Installation closed' },
  unfreeze: { fr: 'Gel levé', en: 'Freeze lifted' },
  signal: { fr: 'Signal', en: 'Signal' },
  'signal/step-up': { fr: 'Signal : un geste a été demandé', en: 'Signal: a touch was asked for' },
  'signal/alarm': { fr: 'Alarme sur l’ensemble des utilisateurs', en: 'Alarm over all users' },
  'signal/peer-added': { fr: 'Pair ajouté', en: 'Peer added' },
  'signal/peer-removed': { fr: 'Pair retiré', en: 'Peer removed' },
  'signal/peer-verified': { fr: 'Pair vérifié', en: 'Peer verified' },
  'signal/sent': { fr: 'Signal envoyé aux pairs', en: 'Signal sent to peers' },
  'signal/taken-back': { fr: 'Signal repris', en: 'Signal taken back' },
  'signal/retracted': { fr: 'Signal retiré par un pair', en: 'Signal retracted by a peer' },
  decoys: { fr: 'Leurres', en: 'Decoys' },
  stop: { fr: 'Arrêt', en: 'Stop' },
  'stop/ended': { fr: 'Arrêt terminé', en: 'Stop ended' },
  ceilings: { fr: 'Plafonds changés', en: 'Ceilings changed' },
  'incident/opened': { fr: 'Incident ouvert', en: 'Incident opened' },
  incident: { fr: 'Incident', en: 'Incident' },
  appeal: { fr: 'Recours', en: 'Appeal' },
  alarm: { fr: 'Alarme', en: 'Alarm' },
  'restore/stands': { fr: 'Base comparée au journal publié : les réponses reprennent', en: 'Database held against the published journal: answers go on' },
  'restore/behind': { fr: 'Base en retard sur le journal publié : plus aucune réponse', en: 'Database behind the published journal: no answer any more' },
  'restore/gap': { fr: 'Perte signée par deux personnes, nouveau journal', en: 'Loss signed by two persons, new log' },
  'desk/sign-in': { fr: 'Entrée à la cellule', en: 'Desk entered' },
  'desk/sign-out': { fr: 'Sortie de la cellule', en: 'Desk left' },
  'desk/asked': { fr: 'Demande à deux', en: 'Request for two' },
  'desk/approved': { fr: 'Approuvé à deux', en: 'Approved by two' },
  'desk/review': { fr: 'Gel revu et maintenu', en: 'Freeze reviewed and kept' },
  'desk/code-renewed': { fr: 'Nouveau code d’entrée', en: 'New entry code' },
  'desk/moved': { fr: 'La cellule a changé d’adresse', en: 'The desk has another address' },
  'desk/failed': { fr: 'Signé à deux, mais impossible', en: 'Signed by two, but impossible' },
  'desk/enrolled': { fr: 'Clé d’accès créée', en: 'Passkey created' },
  'desk/installed': { fr: 'Premiers officiers nommés', en: 'First officers named' },
  'desk/refused': { fr: 'Demande refusée', en: 'Request refused' },
  'desk/withdrawn': { fr: 'Demande retirée', en: 'Request withdrawn' },
  desk: { fr: 'Cellule', en: 'Desk' },
};

/** A request's kind in the feed, where its subject is not at hand. */
export const KIND_WORDS: Readonly<Record<string, Words>> = {
  stop: { fr: 'arrêt plus large', en: 'wider stop' },
  ceilings: { fr: 'plafonds', en: 'ceilings' },
  decoys: { fr: 'leurres', en: 'decoys' },
  'insurer-key': { fr: 'clés d’un assureur', en: 'an insurer’s keys' },
  'forgive-passkeys': { fr: 'clé d’accès d’un professionnel', en: 'a professional’s passkey' },
  'officer-new': { fr: 'nouvel officier', en: 'new officer' },
  'officer-remove': { fr: 'retrait d’un officier', en: 'an officer removed' },
  'officer-recovery': { fr: 'accès rendu à un officier', en: 'an officer’s access given back' },
  'incident-move': { fr: 'étape d’un incident', en: 'step of an incident' },
  'incident-no-notice': { fr: 'ne pas notifier', en: 'no notification' },
  'incident-packs': { fr: 'dossiers des assureurs', en: 'insurers’ packs' },
  'incident-send': { fr: 'envoi', en: 'sending' },
};

/** Why somebody appeals against a freeze. */
export const APPEAL_WORDS: Readonly<Record<string, Words>> = {
  remplacement: { fr: 'remplacement', en: 'standing in for somebody' },
  liste: { fr: 'liste de patients reprise', en: 'a list of patients taken over' },
  saisie: { fr: 'erreurs de saisie', en: 'typing errors' },
  formation: { fr: 'formation', en: 'training' },
  'pas-moi': { fr: 'ce n’était pas moi', en: 'it was not me' },
  autre: { fr: 'autre', en: 'other' },
};

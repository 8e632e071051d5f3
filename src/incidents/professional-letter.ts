import type { Incident } from './types.ts';
import { renderPdf } from './typst.ts';
import { dayWords, timeWords } from './words.ts';

/** The letter to the professional whose credential was used, as a PDF. No insured person in it. */
export function professionalLetter(incident: Incident, account: { readonly establishment: string }, options: { readonly operator: string; readonly window: { readonly from: Date; readonly to: Date }; readonly on: Date }): Buffer {
  const { operator, window, on } = options;
  return renderPdf('notice', { style: 'plain', sender: operator, recipient: account.establishment === '' ? 'Professionnel de santé' : account.establishment, dateLine: `le ${dayWords(on)}`, code: '', closing: 'Vous n’êtes accusé de rien.', signedBy: operator,
    title: 'Votre accès au service de tiers payant a été utilisé par quelqu’un d’autre', opening: 'Cette lettre vous dit ce que nous avons vu, ce que nous avons fait et ce que vous devez faire. Elle ne vous demande aucun code.',
    sections: [
      { id: 'what', heading: 'Ce que nous avons vu', paragraphs: [`Entre le ${timeWords(window.from)} et le ${timeWords(window.to)}, des questions de droits ont été posées avec votre accès. Elles ne ressemblent pas aux vôtres.`] },
      { id: 'done', heading: 'Ce que nous avons fait', paragraphs: [incident.containedAt === null ? 'Votre accès est en cours de blocage.' : `Votre accès est bloqué depuis le ${timeWords(incident.containedAt)}. Vos collègues continuent de travailler.`, 'Les assureurs des personnes concernées sont prévenus. Chaque demande est inscrite dans un journal que personne ne peut modifier.'] },
      { id: 'which', heading: 'Vos propres données', paragraphs: ['Nous gardons de vous votre numéro RPPS, votre lieu d’exercice et l’heure de vos connexions. Nous n’avons ni votre mot de passe, ni votre compte en banque.'] },
      { id: 'do', heading: 'Ce que vous devez faire', paragraphs: [], list: ['Reconnectez-vous par Pro Santé Connect, ou demandez à votre éditeur une nouvelle clé.', 'Faites vérifier votre ordinateur et votre téléphone.', 'Regardez la liste de vos appareils dans votre espace Pro Santé Connect, et retirez ceux que vous ne reconnaissez pas.', 'Votre patient est devant vous et l’accès est bloqué ? Le tiers payant reste possible selon la règle de son assureur.'] },
      { id: 'dpo', heading: 'Contester, poser une question', paragraphs: ['Un être humain relit chaque blocage automatique. Vous avez le droit de le contester, de donner votre point de vue et d’obtenir une réponse : appelez-nous au numéro de votre contrat. Vous avez aussi le droit de vous plaindre à la CNIL, 3 place de Fontenoy, 75007 Paris.'] },
    ] });
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lintNotice, noticeText, readingEase, renderNotice, type NoticeProfile, type NoticeStyle, type NoticeText } from './index.ts';
import type { NoticeSource } from './notice.ts';

const PROFILE: NoticeProfile = { sender: 'Mutuelle Fictive', dpo: 'Dominique Essai, 09 99 99 00 02, 1 rue de l’Exemple, 75000 Paris', phone: '09 99 99 00 01', signedBy: 'La direction', place: 'Paris' };
const source = (style: NoticeStyle, change: Partial<NoticeSource> = {}): NoticeSource => ({ style, on: new Date('2026-11-24T10:00:00Z'), profile: PROFILE,
  person: { reference: '6c0f…', identity: { familyName: 'FICTIF', givenNames: 'CAMILLE', relationship: 'assure', nir: '', birthDate: '1980-02-11', birthRank: '1', adherentNumber: '', beneficiaryId: '', contract: '' }, contracts: ['C1'], groups: ['pharmacy'], fields: 63, asked: true, lookedUp: false, times: 2, entries: [1, 2], at: ['2026-11-20T09:00:00Z', '2026-11-21T09:00:00Z'], minor: false, code: 'ABCD-EFGH-JKMN-PQRS' },
  about: { containedAt: '2026-11-21T10:00:00Z', nextUpdateAt: null } as NoticeSource['about'], ...change });
const STYLES: readonly NoticeStyle[] = ['plain', 'falc', 'large'];

test('the three letters hold what article 34 demands, read easily, and become PDFs', () => {
  for (const style of STYLES) {
    const text = noticeText(source(style));
    assert.deepEqual(lintNotice(text), [], style);
    assert.equal(renderNotice(text).subarray(0, 5).toString(), '%PDF-');
  }
});

test('every combination of fields, places and days stays readable', () => {
  for (const style of STYLES) for (let fields = 1; fields < 64; fields += 1) {
    const base = source(style);
    const at = Array.from({ length: 1 + (fields % 9) }, (_, i) => new Date(Date.UTC(2026, 9, 1 + i)).toISOString());
    assert.deepEqual(lintNotice(noticeText({ ...base, person: { ...base.person, fields, asked: (fields & 1) !== 0, lookedUp: (fields & 16) !== 0, at, groups: fields % 2 === 0 ? ['hospital', 'nurse'] : ['transporter'] } })), [], `${style} ${fields}`);
  }
});

test('what was told is what the letter says: of rights not in force no cover, of a guarantee looked up its care and no question', () => {
  const base = source('plain');
  const said = (change: Partial<NoticeSource['person']>): string => JSON.stringify(noticeText({ ...base, person: { ...base.person, ...change } }).sections);
  const notInForce = said({ fields: 33, asked: true, lookedUp: false });
  assert.doesNotMatch(notInForce, /le fait que vous êtes couvert|que vous êtes assuré chez nous/);
  assert.match(notInForce, /êtes-vous couvert à cette date.*la raison/s);
  const lookedUp = said({ fields: 24, asked: false, lookedUp: true });
  assert.doesNotMatch(lookedUp, /posé une question|il fallait déjà connaître|Vos soins et vos maladies/);
  assert.match(lookedUp, /la sorte de soin.*Vos maladies/s);
  assert.match(said({ fields: 23, asked: true, lookedUp: false }), /que vous êtes assuré chez nous/);
});

const rules = (text: NoticeText): string[] => [...new Set(lintNotice(text).map((one) => one.rule))];
const withSection = (text: NoticeText, id: string, words: string): NoticeText => ({ ...text, sections: text.sections.map((one) => (one.id === id ? { ...one, paragraphs: [...one.paragraphs, words] } : one)) });

test('a letter without one of its parts does not go out', () => {
  const whole = noticeText(source('plain'));
  for (const { id } of whole.sections) assert.ok(rules({ ...whole, sections: whole.sections.filter((one) => one.id !== id) }).includes('missing'), id);
  assert.deepEqual(rules({ ...whole, code: '' }), ['code']);
  assert.deepEqual(rules(noticeText(source('plain', { profile: { ...PROFILE, dpo: 'le service juridique' } }))), ['missing']);
  assert.throws(() => renderNotice({ ...whole, sections: [] }), /cannot go out/);
});

test('no link, no hedging, no request, no long sentence', () => {
  const whole = noticeText(source('plain'));
  for (const words of ['Voyez https://exemple.fr.', 'Allez sur mutuelle-fictive.fr.', 'Écrivez à dpo@exemple.org.', 'Cliquez ici.']) assert.ok(rules(withSection(whole, 'do', words)).includes('link'), words);
  for (const words of ['Vos données ont peut-être été lues.', 'Il n’y a aucune preuve d’un vol.', 'Elles pourraient servir.', 'Des données potentiellement lues.']) assert.ok(rules(withSection(whole, 'what', words)).includes('hedge'), words);
  for (const words of ['Confirmez votre mot de passe.', 'Envoyez-nous une copie.']) assert.ok(rules(withSection(whole, 'do', words)).includes('asks'), words);
  assert.ok(rules(withSection(whole, 'risk', `${'encore un mot '.repeat(12)}.`)).includes('long-sentence'));
});

test('reading ease tells an easy text from a hard one', () => {
  assert.ok(readingEase('Un voleur va mentir. Il veut votre argent. Raccrochez.') > 80);
  assert.ok(readingEase('Nonobstant l’indisponibilité caractérisée des procédures réglementaires d’authentification multifactorielle, l’organisme gestionnaire a immédiatement interrompu l’ensemble des télétransmissions.') < 20);
});

test('what an insured is called cannot be code in the letter, and a child’s letter goes to who answers for it', () => {
  const base = source('plain');
  const text = noticeText({ ...base, person: { ...base.person, minor: true, identity: { ...base.person.identity!, familyName: '#panic("x") $ \\ *gras*' } } });
  assert.match(text.recipient, /^Aux parents ou représentants/);
  assert.equal(renderNotice(text).subarray(0, 5).toString(), '%PDF-');
});

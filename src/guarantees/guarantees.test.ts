import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { amoRateOn, evaluateFormula, FAMILIES, findRule, FLAT, flatOn, formulaFaults, parseProduct, ProductError, readInvoiceLines, reckonInvoice, REGIMES, shareOf, type Formula, type InvoiceLine, type Product, type Reckoning, usualFamily } from './index.ts';

interface Case { readonly number: number | string; readonly title: string; readonly document: { careDate: string; domain: string; product: unknown; lines: unknown }; readonly expected: Record<string, number> }
const { cases } = JSON.parse(readFileSync(new URL('../../test/conformance/reckoning.json', import.meta.url), 'utf8')) as { cases: Case[] };

function reckon(document: Case['document']): Reckoning {
  const { lines, faults } = readInvoiceLines(document.lines, { path: 'lines', domain: document.domain });
  assert.deepEqual(faults, []);
  return reckonInvoice(lines!, { product: parseProduct(document.product), careDate: document.careDate });
}

for (const { number, title, document, expected } of cases) {
  test(`conformance ${number}: ${title}`, () => {
    const { totals } = reckon(document);
    for (const [name, cents] of Object.entries(expected)) assert.equal(totals[name as keyof typeof totals], cents, name);
    assert.equal(totals.amoNetCents, totals.amoGrossCents - (totals.patientTotalCents - totals.patientCounterCents));
  });
}

const product = (rules: Product['rules'], responsible = true): Product => ({ code: 'P', responsible, rules });
const label = { fr: 'règle', en: 'rule' };
const percent = (of: 'TM' | 'TR' | 'RAC' | 'DR' | 'PMSS', basisPoints: number): Formula => ({ op: 'percent', of, basisPoints });

const anyLine = fc.record({ family: fc.constantFrom(...FAMILIES), priceCents: fc.integer({ min: 0, max: 500_000 }), base: fc.integer({ min: 0, max: 500_000 }), regime: fc.constantFrom(...REGIMES),
  carePath: fc.boolean(), optam: fc.option(fc.boolean(), { nil: undefined }), under18: fc.boolean(), exemption: fc.option(fc.constantFrom('ald', 'maternity', 'c2s', 'at-mp'), { nil: undefined }),
  class: fc.option(fc.constantFrom('A', 'B', 'I', 'II'), { nil: undefined }), quantity: fc.integer({ min: 1, max: 20 }) })
  .map(({ base, ...line }) => ({ ...line, baseCents: Math.min(base, line.priceCents), code: 'X', nomenclature: 'NGAP', domain: 'MEDE' }) as unknown as InvoiceLine);
const anyFormula: fc.Arbitrary<Formula> = fc.letrec<{ f: Formula }>((tie) => ({ f: fc.oneof({ maxDepth: 3 },
  fc.record({ op: fc.constant('cents' as const), cents: fc.nat(100_000) }),
  fc.record({ op: fc.constant('percent' as const), of: fc.constantFrom('DR' as const, 'TR' as const, 'TM' as const, 'PMSS' as const, 'RAC' as const, 'MRO' as const), basisPoints: fc.nat(50_000) }),
  fc.record({ op: fc.constantFrom('min' as const, 'max' as const, 'sum' as const), of: fc.array(tie('f'), { minLength: 1, maxLength: 3 }) }),
  fc.record({ op: fc.constant('minus' as const), from: tie('f'), less: tie('f') })) })).f;
const anyDate = fc.constantFrom('2019-06-01', '2023-10-14', '2023-10-15', '2024-05-14', '2024-05-15', '2025-07-01', '2026-03-01', '2026-11-23');

test('whatever the act, date, régime and formula: whole cents, nothing negative, the parts make the price, the complementary stays below what is left', () => {
  fc.assert(fc.property(fc.array(anyLine, { minLength: 1, maxLength: 6 }), anyFormula, fc.boolean(), fc.boolean(), anyDate, (lines, formula, responsible, includesAmo, careDate) => {
    const { lines: reckoned, totals } = reckonInvoice(lines, { product: product([{ formula, includesAmo, label }], responsible), careDate });
    for (const line of reckoned) {
      for (const value of [line.amoGrossCents, line.amoNetCents, line.tmCents, line.amcCents, line.patientCounterCents, line.patientTotalCents]) assert.ok(Number.isSafeInteger(value) && value >= 0, JSON.stringify(line));
      assert.equal(line.amoGrossCents + line.amcCents + line.patientCounterCents, line.priceCents);
      assert.equal(line.amoNetCents + line.amcCents + line.patientTotalCents, line.priceCents);
    }
    assert.equal(totals.priceCents, lines.reduce((sum, line) => sum + line.priceCents, 0));
  }));
});

test('a more generous percentage never pays less', () => {
  fc.assert(fc.property(anyLine, fc.nat(30_000), fc.nat(30_000), anyDate, (line, a, b, careDate) => {
    const pays = (basisPoints: number): number => reckonInvoice([line], { product: product([{ formula: percent('TR', basisPoints), includesAmo: true, label }]), careDate }).totals.amcCents;
    assert.ok(pays(Math.min(a, b)) <= pays(Math.max(a, b)));
  }));
});

test('each dated parameter switches on its day: not the day before', () => {
  assert.deepEqual(['2023-10-14', '2023-10-15'].map((date) => amoRateOn(date, { family: 'dental', regime: 'general', carePath: true })), [7000, 6000]);
  assert.deepEqual(['2023-07-31', '2023-08-01'].map((date) => amoRateOn(date, { family: 'transport', regime: 'general', carePath: true })), [6500, 5500]);
  assert.deepEqual(['2024-05-14', '2024-05-15'].map((date) => flatOn('participation', date)), [100, 200]);
  assert.deepEqual(['2026-02-28', '2026-03-01'].map((date) => flatOn('hospitalDay', date)), [2000, 2300]);
  assert.equal(amoRateOn('2025-01-01', { family: 'auxiliary', regime: 'alsace-moselle', carePath: true }), 9000);
  for (const values of Object.values(FLAT)) assert.deepEqual(values.map((v) => v.from), values.map((v) => v.from).toSorted((x, y) => x.localeCompare(y)));
});

test('figures that the software gives are used, and a difference from our tables is said', () => {
  const line = { code: 'G', nomenclature: 'NGAP', domain: 'MEDE', family: 'consultation', quantity: 1, priceCents: 3000, baseCents: 3000, carePath: true, regime: 'general', under18: false, amoAmountCents: 1900 } as const;
  const { lines: [reckoned] } = reckonInvoice([line], { product: product([{ formula: percent('TM', 10_000), includesAmo: false, label }]), careDate: '2025-01-15' });
  assert.equal(reckoned!.amoGrossCents, 1900);
  assert.ok(reckoned!.notes.some((note) => note.fr.includes('19,00') && note.fr.includes('21,00')));
});

test('a guarantee with memory gets no guaranteed amount and asks for an agreement', () => {
  const { lines: [line], authorizationRequired } = reckon({ careDate: '2025-01-15', domain: 'DENT', lines: [{ code: 'HBLD', nomenclature: 'CCAM', priceCents: 10_000 }], product: product([{ formula: percent('TR', 25_000), includesAmo: true, memory: 'yearly-cap', label }]) });
  assert.deepEqual([line!.guaranteed, line!.authorizationRequired, authorizationRequired], [false, true, true]);
});

test('participation and franchise keep their daily caps over an invoice', () => {
  const acts = Array.from({ length: 7 }, () => ({ code: 'AMI', nomenclature: 'NGAP', priceCents: 1000 }));
  const { totals } = reckon({ careDate: '2025-01-15', domain: 'AUXM', lines: acts, product: product([{ formula: percent('TM', 10_000), includesAmo: false, label }]) });
  assert.equal(totals.patientTotalCents, 400);
});

test('the flat participation of heavy acts falls on the first one that owes it, in whatever order an exempt one stands', () => {
  const [exempt, owing] = [{ code: 'HHFA016', nomenclature: 'CCAM', priceCents: 28_409, exemption: 'ald' }, { code: 'JKFA005', nomenclature: 'CCAM', priceCents: 20_000 }];
  const flats = (...lines: object[]): Record<string, number>[] => reckon({ careDate: '2026-11-23', domain: 'HOSP', lines, product: product([{ formula: percent('TM', 10_000), includesAmo: false, label }]) }).lines.map(({ code, tmCents }) => ({ [code]: tmCents }));
  assert.deepEqual(flats(exempt, owing), [{ HHFA016: 0 }, { JKFA005: 3200 }]);
  assert.deepEqual(flats(owing, exempt), [{ JKFA005: 3200 }, { HHFA016: 0 }]);
  assert.deepEqual(flats(exempt, owing, owing), [{ HHFA016: 0 }, { JKFA005: 3200 }, { JKFA005: 0 }]);
});

test('a drug named by its CIP13 is reckoned by its family, its letter code or its rate; without any of them it is refused, never taken for something else', () => {
  const full = product([{ formula: percent('TM', 10_000), includesAmo: false, label }]);
  const drug = (change: object): unknown => ({ code: '3400930000014', nomenclature: 'CIP13', priceCents: 1000, ...change });
  const of = (change: object, domain = 'PHAR'): number[] => reckon({ careDate: '2026-11-23', domain, lines: [drug(change)], product: full }).lines.map(({ amoGrossCents, amoNetCents, amcCents }) => [amoGrossCents, amoNetCents, amcCents])[0] as number[];
  for (const [code, family, amoRate] of [['PH1', 'drug-100', 10_000], ['PH7', 'drug-65', 6500], ['PH4', 'drug-30', 3000], ['PH2', 'drug-15', 1500]] as const) {
    for (const domain of ['PHAR', 'PHNO']) assert.deepEqual([of({ amoRate }, domain), of({ family }, domain), of({ code: code.toLowerCase() }, domain)], [of({ code }, domain), of({ code }, domain), of({ code }, domain)], `${code} ${domain}`);
  }
  assert.deepEqual([of({ amoRate: 1500 }), of({ amoRate: 1500 }, 'PHNO')], [[150, 50, 0], [150, 50, 850]], 'a drug paid at 15 % is outside PHAR, and has its franchise');
  assert.deepEqual(of({ amoRate: 6500, exemption: 'ald' }), [650, 550, 350], 'the rate that is given is taken');
  for (const change of [{}, { amoRate: 6000 }, { amoRate: 0 }, { amoRate: 10_000, exemption: 'ald' }, { amoAmountCents: 150 }, { code: 'FJ' }, { domain: 'PHNO' }]) {
    const { lines, faults } = readInvoiceLines([drug({ code: 'PH7' }), drug(change)], { path: 'lines', domain: 'PHAR' });
    assert.deepEqual([lines, faults.map((fault) => `${fault.path} ${fault.rule}`)], [undefined, ['lines[1].family drug-rate']], JSON.stringify(change));
    assert.match(faults[0]?.remedy.en ?? '', /PH7.*family.*amoRate/);
  }
});

test('formulas and products that cannot be read are refused with the path of each fault', () => {
  assert.deepEqual(formulaFaults({ op: 'min', of: [{ op: 'percent', of: 'XX', basisPoints: 1.5 }] }, 'f'), ['f.of[0].of: one of DR, TR, TM, MRO, PMSS, RAC', 'f.of[0].basisPoints: hundredths of a percent']);
  assert.throws(() => parseProduct({ code: 'p', responsible: 1, rules: [{}] }), (error) => error instanceof ProductError && error.faults.length >= 4);
  assert.equal(evaluateFormula({ op: 'minus', from: { op: 'cents', cents: 5 }, less: { op: 'cents', cents: 9 } }, { DR: 0, TR: 0, TM: 0, MRO: 0, PMSS: 0, RAC: 0 }), 0);
});

test('shares are rounded half up, exactly', () => {
  assert.equal(shareOf(2650, 7000), 1855);
  assert.equal(shareOf(1613, 6000), 968);
  fc.assert(fc.property(fc.nat(10_000_000), fc.nat(100_000), (amount, rate) => {
    assert.equal(BigInt(shareOf(amount, rate)), (BigInt(amount) * BigInt(rate) + 5000n) / 10_000n);
  }));
});

test('a class on an act that has none, a day that does not exist and a selector that is misspelt are faults', () => {
  const faultsOf = (change: object): string[] => readInvoiceLines([{ code: 'G', nomenclature: 'NGAP', priceCents: 1000, ...change }], { path: 'lines', domain: 'MEDE' }).faults.map((f) => `${f.path} ${f.rule}`);
  for (const change of [{ class: 'A' }, { class: 'I' }, { class: 'II', family: 'optics-lens' }, { class: 'B', family: 'audio' }]) assert.deepEqual(faultsOf(change), ['lines[0].class class-of-family']);
  for (const prescribedOn of ['2026-02-29', '2026-13-01', '2026-00-10', '1900-02-29', 'hier']) assert.deepEqual(faultsOf({ prescribedOn }), ['lines[0].prescribedOn value'], prescribedOn);
  for (const prescribedOn of ['2024-02-29', '2000-02-29', '2026-12-31']) assert.deepEqual(faultsOf({ prescribedOn }), []);
  const rule = { formula: percent('TM', 10_000), includesAmo: false, label };
  assert.equal(parseProduct({ code: 'P', responsible: true, rules: [{ ...rule, optam: false }] }).rules.length, 1);
  for (const wrong of [{ ...rule, familys: ['dental'] }, { ...rule, optam: 'no' }, { ...rule, families: 'dental' }]) assert.throws(() => parseProduct({ code: 'P', responsible: true, rules: [wrong] }), ProductError);
});

test('a line that cannot be read names every faulty field', () => {
  const { faults, lines } = readInvoiceLines([{ code: '', nomenclature: 'X', priceCents: 1.5, extra: 1, quantity: 0 }], { path: 'lines', domain: 'MEDE' });
  assert.equal(lines, undefined);
  assert.deepEqual(faults.map((f) => f.path).toSorted((a, b) => a.localeCompare(b)), ['lines[0]', 'lines[0].code', 'lines[0].nomenclature', 'lines[0].priceCents', 'lines[0].quantity']);
});

test('a rule for an act holds however its code is written; what a pharmacy is usually about is a drug, not a device', () => {
  const rules: Product['rules'] = [{ codes: ['g'], formula: percent('TR', 20_000), includesAmo: true, label }, { families: ['lpp'], formula: percent('TM', 10_000), includesAmo: false, label }, { formula: percent('TM', 10_000), includesAmo: false, label }] as unknown as Product['rules'];
  for (const code of ['G', 'g']) assert.equal(findRule(product(rules), { family: 'consultation', code, domain: 'MEDE' }), rules[0]);
  assert.equal(findRule(product(rules), { family: usualFamily('PHAR'), code: '', domain: 'PHAR' }), rules[2]);
  const shared = (code: string): number => reckonInvoice(readInvoiceLines([{ code, nomenclature: 'NGAP', priceCents: 5000, baseCents: 3000 }], { path: 'lines', domain: 'MEDE' }).lines!, { product: product(rules), careDate: '2026-03-01' }).totals.amcCents;
  assert.equal(shared('g'), shared('G'));
});

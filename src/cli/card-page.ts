import { toSVG } from 'bwip-js/node';
import { PLAIN_DOMAINS } from './card-words.ts';

/** One contract as an insurer's system gives it (docs/formats/card-code.md, "holder file"). */
export interface Holder {
  readonly insurer: { readonly amcNumber: string; readonly name: string; readonly conventionType: string; readonly csr: string; readonly phone: string };
  readonly adherentNumber: string;
  readonly validFrom: string;
  readonly validTo: string;
  readonly responsible: boolean;
  readonly beneficiaries: readonly Beneficiary[];
}

export interface Beneficiary {
  readonly firstName: string;
  readonly lastName: string;
  readonly birthDate: string;
  readonly birthRank: number;
  readonly nir?: string;
  readonly domains: readonly string[];
}

const escape = (text: string): string => text.replaceAll(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
const day = (iso: string): string => iso.split('-').reverse().join('/');

/** A card code as a DataMatrix in SVG, scalable and printable. */
export function dataMatrixSvg(code: string): string {
  return toSVG({ bcid: 'datamatrix', text: code, scale: 3, padding: 6, backgroundcolor: 'FFFFFF' });
}

const STYLE = `@page{size:A5 landscape;margin:8mm}*{box-sizing:border-box}body{font:14px/1.35 system-ui,sans-serif;margin:0 auto;max-width:52rem;padding:1rem;color:#111;background:#fff}
h1{font-size:1.15rem;margin:0}.zone{border:2px solid #111;padding:.6rem;margin:.6rem 0;display:grid;grid-template-columns:repeat(auto-fit,minmax(8.5rem,1fr));gap:.5rem}
.zone b{display:block;font-size:.8rem;font-weight:600}.zone span{font-size:1.15rem;font-weight:700}table{border-collapse:collapse;width:100%;margin-top:.6rem}
th,td{border:1px solid #111;padding:.35rem .5rem;text-align:left;vertical-align:middle}td.code{width:9rem;text-align:center}td.code svg{width:8.2rem;height:8.2rem}small{font-size:.85rem}
@media(max-width:34rem){table,tbody,tr,td{display:block;width:100%}thead{display:none}td{border-top:0}}`;

/** The attestation: the five normalised labels, the beneficiaries and their domains, and apart from that zone a code of each beneficiary alone. */
export function cardPage(holder: Holder, codes: readonly string[]): string {
  const { insurer } = holder;
  const label = (name: string, value: string): string => `<div><b>${name}</b><span>${escape(value) || '&nbsp;'}</span></div>`;
  const rows = holder.beneficiaries.map((person, i) => `<tr><td class="code">${dataMatrixSvg(codes[i] ?? '')}<br><small>Rempart</small></td><td><strong>${escape(person.firstName)}</strong> ${escape(person.lastName)}<br>
    <small>né(e) le ${day(person.birthDate)}, rang ${person.birthRank}</small></td><td><small>${person.domains.map((domain) => escape(`${domain} ${PLAIN_DOMAINS[domain] ?? ''}`.trim())).join(' · ')}</small></td></tr>`).join('');
  return `<!doctype html><html lang="fr"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>Attestation de tiers payant</title><style>${STYLE}</style></head><body><main>
<h1>${escape(insurer.name)} · attestation de tiers payant ${holder.responsible ? '<abbr title="contrat responsable">R</abbr>' : ''}</h1>
<div class="zone">${label('Période de validité', `${day(holder.validFrom)} – ${day(holder.validTo)}`)}${label('N° AMC', insurer.amcNumber)}${label('Type conv.', insurer.conventionType)}${label('CSR', insurer.csr)}${label('N° adhérent', holder.adherentNumber)}</div>
<table><thead><tr><th scope="col">Code</th><th scope="col">Bénéficiaire</th><th scope="col">Tiers payant pour</th></tr></thead><tbody>${rows}</tbody></table>
<p><small>Chaque code est celui d'un bénéficiaire seul et ne contient aucune identité. Pour l'annuler ou en cas de doute : ${escape(insurer.phone)}.</small></p></main></body></html>\n`;
}

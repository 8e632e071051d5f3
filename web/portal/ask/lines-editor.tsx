import { useRef, type ReactNode } from 'react';
import { Button, Input, Label, TextField } from 'react-aria-components';
import { useLanguage } from '../language.tsx';
import { reckonDraft, USUAL_LINES, type Draft, type DraftLine } from './form.ts';

const FIELDS = [['code', 'lineCode'], ['quantity', 'lineQuantity'], ['price', 'linePrice'], ['base', 'lineBase']] as const;
const OTHER = { code: '', nomenclature: 'NGAP', name: '…', price: '' };

/** Invoice lines with what is usual for the profession, reckoned as one types. */
export function LinesEditor({ draft, peerGroup, onChange }: { readonly draft: Draft; readonly peerGroup: string; readonly onChange: (lines: readonly DraftLine[]) => void }): ReactNode {
  const { t, euros } = useLanguage();
  const next = useRef(1 + Math.max(0, ...draft.lines.map((line) => line.id)));
  const totals = reckonDraft(draft)?.totals;
  const add = (usual: typeof OTHER): void => {
    onChange([...draft.lines, { id: next.current, code: usual.code, nomenclature: usual.nomenclature, quantity: '1', price: usual.price, base: '' }]);
    next.current += 1;
  };
  const change = (id: number, field: keyof DraftLine, value: string): void => onChange(draft.lines.map((line) => (line.id === id ? { ...line, [field]: value } : line)));
  return (
    <fieldset className="lines">
      <legend>{t('lines')}</legend>
      {draft.lines.map((line) => (
        <div key={line.id} className="line">
          {FIELDS.map(([field, word]) => (
            <TextField key={field} value={line[field]} onChange={(value) => change(line.id, field, value)} autoComplete="off" inputMode={field === 'code' ? 'text' : 'decimal'}><Label>{t(word)}</Label><Input /></TextField>
          ))}
          <Button className="quiet" aria-label={t('removeLine', { what: line.code })} onPress={() => onChange(draft.lines.filter((other) => other.id !== line.id))}>✕</Button>
        </div>
      ))}
      <p className="row">{[...(USUAL_LINES[peerGroup] ?? []), OTHER].map((usual) => <Button key={usual.code} className="quiet" onPress={() => add(usual)}>{t('addLine', { what: `${usual.code} ${usual.name}`.trim() })}</Button>)}</p>
      <p role="status">{totals === undefined ? '' : t('lineSum', { amo: euros(totals.amoGrossCents), tm: euros(totals.tmCents) })}</p>
    </fieldset>
  );
}

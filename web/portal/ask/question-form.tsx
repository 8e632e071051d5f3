import { useEffect, useRef, type FormEvent, type ReactNode, type SyntheticEvent } from 'react';
import { Button, ComboBox, FieldError, Form, Input, Label, ListBox, ListBoxItem, Popover, Select, SelectValue, Text, TextField } from 'react-aria-components';
import type { Insurer } from '../answers.ts';
import { useLanguage } from '../language.tsx';
import { DOMAIN_WORDS } from '../../shared/answer-words.ts';
import { type WordKey } from '../words.ts';
import { readsAsNir, type Draft, type Faults } from './form.ts';
import { LinesEditor } from './lines-editor.tsx';

interface QuestionFormProps {
  readonly draft: Draft;
  readonly insurers: readonly Insurer[];
  readonly faults: Faults;
  readonly peerGroup: string;
  readonly busy: boolean;
  readonly onChange: (draft: Draft) => void;
  readonly onSubmit: () => void;
  readonly onClear: () => void;
}

const plain = (text: string): string => text.normalize('NFD').replaceAll(/\p{M}/gu, '').toLowerCase();
const shownAs = ({ name, amcNumber }: Insurer): string => `${name} ${amcNumber}`;
const matches = (text: string, typed: string): boolean => plain(text).includes(plain(typed));

// The insurer that was typed and no other: its whole number, or what only one is found by.
function findTyped(typed: string, insurers: readonly Insurer[]): Insurer | undefined {
  const text = typed.trim();
  const exact = insurers.find(({ amcNumber }) => amcNumber === text.replaceAll(/\s/g, ''));
  const found = text === '' || exact !== undefined ? [] : insurers.filter((insurer) => matches(shownAs(insurer), text));
  return exact ?? (found.length === 1 ? found[0] : undefined);
}

/** Four fields with help as one types; domain and date are already right most of the time. */
export function QuestionForm(props: QuestionFormProps): ReactNode {
  const { draft, faults, peerGroup, busy, onChange, onSubmit, onClear } = props;
  const { t, both } = useLanguage();
  const form = useRef<HTMLFormElement>(null);
  const set = (change: Partial<Draft>): void => onChange({ ...draft, ...change });
  useEffect(() => { if (Object.keys(faults).length > 0) form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus(); }, [faults]);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    onSubmit();
  };
  const field = (name: 'person' | 'birthDate' | 'birthRank' | 'careDate', label: WordKey, more: { help?: string; type?: string; mode?: 'text' | 'numeric' } = {}): ReactNode => (
    <TextField value={draft[name]} onChange={(value) => set({ [name]: value })} isInvalid={faults[name] !== undefined} autoComplete="off" type={more.type ?? 'text'} inputMode={more.mode ?? 'text'} validationBehavior="aria">
      <Label>{t(label)}</Label><Input spellCheck="false" />
      {more.help !== undefined && <Text slot="description">{more.help}</Text>}
      <FieldError>{faults[name]?.map((fault) => `${both(fault.message)} ${both(fault.remedy)}`).join(' ')}</FieldError>
    </TextField>
  );
  const personHelp = draft.person.trim() === '' ? t('personHelp') : t(readsAsNir(draft.person) ? 'asNir' : 'asAdherent');
  return (
    <Form ref={form} className="panel" onSubmit={submit} validationBehavior="aria">
      <h2>{t('typeTitle')}</h2>
      <InsurerField {...props} />
      {field('person', 'person', { help: personHelp })}
      <div className="row">
        {field('birthDate', 'birthDate', { help: t('birthDateHelp'), mode: 'numeric' })}
        <div className="small-field">{field('birthRank', 'birthRank', { mode: 'numeric' })}</div>
      </div>
      <div className="row">
        <Select value={draft.domain} onChange={(key) => set({ domain: String(key) })}>
          <Label>{t('domain')}</Label><Button><SelectValue /> <span aria-hidden="true">▾</span></Button>
          <Popover><ListBox>{Object.entries(DOMAIN_WORDS).map(([id, words]) => <ListBoxItem key={id} id={id} textValue={both(words)}>{both(words)}</ListBoxItem>)}</ListBox></Popover>
        </Select>
        {field('careDate', 'careDate', { type: 'date' })}
      </div>
      <LinesEditor draft={draft} peerGroup={peerGroup} onChange={(lines) => set({ lines })} />
      {faults.lines !== undefined && <p className="failure" role="alert">{faults.lines.map((fault) => both(fault.message)).join(' ')}</p>}
      <p className="row"><Button type="submit" className="big primary" isDisabled={busy}>{t('submit')}</Button><Button className="quiet" onPress={onClear}>{t('clear')}</Button></p>
    </Form>
  );
}

function InsurerField({ draft, insurers, faults, onChange }: QuestionFormProps): ReactNode {
  const { t, both } = useLanguage();
  // Before the list empties what none of its options was chosen for.
  const settle = ({ target }: SyntheticEvent): void => {
    if (!(target instanceof HTMLInputElement) || target.hasAttribute('aria-activedescendant')) return;
    const typed = findTyped(target.value, insurers);
    if (typed !== undefined && typed.amcNumber !== draft.insurer) onChange({ ...draft, insurer: typed.amcNumber });
  };
  return (
    <ComboBox value={draft.insurer === '' ? null : draft.insurer} onChange={(key) => onChange({ ...draft, insurer: key === null ? '' : String(key) })} defaultItems={insurers} isInvalid={faults.insurer !== undefined} validationBehavior="aria"
      defaultFilter={matches}>
      <Label>{t('insurer')}</Label>
      <div className="combo" onBlurCapture={settle} onKeyDownCapture={(event) => { if (event.key === 'Enter' || event.key === 'Tab') settle(event); }}><Input spellCheck="false" /><Button aria-label={t('showList')}>▾</Button></div>
      <Text slot="description">{t('insurerHelp')}</Text>
      <FieldError>{faults.insurer?.map((fault) => both(fault.message)).join(' ')}</FieldError>
      <Popover><ListBox>{(insurer: Insurer) => <ListBoxItem id={insurer.amcNumber} textValue={shownAs(insurer)}>{insurer.name} <small>{insurer.amcNumber}</small></ListBoxItem>}</ListBox></Popover>
    </ComboBox>
  );
}

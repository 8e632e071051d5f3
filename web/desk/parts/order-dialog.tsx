import { useRef, useState, type FormEvent, type ReactNode } from 'react';
import { Button, Dialog, DialogTrigger, FieldError, Heading, Input, Label, Modal, ModalOverlay, Text, TextArea, TextField } from 'react-aria-components';
import { useShown } from '../../shared/use-shown.ts';
import { useWork } from '../../shared/use-work.ts';
import { useLanguage } from '../language.tsx';
import { useSeat } from '../use-desk.ts';
import { Failure } from './failure.tsx';
import { SessionEnding } from './session-ending.tsx';

/** As the server takes it (src/servers/desk/routes.ts). */
const REASON_MAX = 300;

/** A field of an order, besides its reason. */
export interface OrderField {
  readonly name: string;
  readonly label: string;
  readonly help?: string;
  readonly type?: 'text' | 'number' | 'datetime-local' | 'textarea';
  readonly initial?: string;
  /** Longest text, in characters; more is told, not cut. */
  readonly max?: number;
  readonly optional?: boolean;
  readonly options?: readonly (readonly [string, string])[];
}

type Texts = Readonly<Record<string, string>>;

/** Somebody changed meanwhile what an order would change: nothing was done, and what stands there now is told, to be ordered again knowingly. */
export class Overtaken extends Error {
  readonly latest: Texts;
  readonly lines: readonly string[];
  constructor(latest: Texts, lines: readonly string[]) {
    super('overtaken');
    this.latest = latest;
    this.lines = lines;
  }
}

interface OrderDialogProps {
  readonly button: string;
  readonly title: string;
  /** What will happen, and whether it takes two. */
  readonly explain: string;
  readonly confirm: string;
  readonly fields?: readonly OrderField[];
  readonly danger?: boolean;
  readonly primary?: boolean;
  readonly withoutReason?: boolean;
  /** What else becomes of the reason. */
  readonly reasonHelp?: string;
  readonly onOver: () => void;
  /** `was`: what stood in the fields before whoever orders typed. @throws Overtaken */
  readonly onOrder: (values: Texts, reason: string, was: Texts) => Promise<void>;
}

// What is typed in an open dialog. Kept above it: the dialog goes out of sight with the session, and comes back with it.
interface Draft {
  readonly values: Texts;
  readonly was: Texts;
  readonly reason: string;
}

function draftOf(fields: readonly OrderField[]): Draft {
  const values = Object.fromEntries(fields.map((field) => [field.name, field.initial ?? field.options?.[0]?.[0] ?? '']));
  return { values, was: values, reason: '' };
}

const isChanged = ({ values, was, reason }: Draft): boolean => reason !== '' || Object.keys(values).some((name) => values[name] !== was[name]);

/** An order with its reason: nothing happens before the button in it is pressed, what was typed stays when it fails, and is given up only knowingly. */
export function OrderDialog(props: OrderDialogProps): ReactNode {
  const { button, title, danger, primary, fields = [] } = props;
  const { over } = useSeat();
  const [draft, setDraft] = useState<Draft>();
  const [leaving, setLeaving] = useState(false);
  const left = useRef<Element>(null);
  const close = (): void => {
    setLeaving(false);
    setDraft(undefined);
  };
  const stay = (): void => {
    setLeaving(false);
    if (left.current instanceof HTMLElement) left.current.focus();
  };
  const leave = (): void => {
    if (draft === undefined || !isChanged(draft)) return close();
    if (leaving) return stay();
    left.current = document.activeElement;
    setLeaving(true);
  };
  const change = (part: Partial<Draft>): void => setDraft((before) => (before === undefined ? before : { ...before, ...part }));
  return (
    <DialogTrigger isOpen={draft !== undefined && !over} onOpenChange={(open) => (open ? setDraft(draftOf(fields)) : leave())}>
      <Button className={danger === true ? 'danger inline' : primary === true ? 'primary' : ''}>{button}</Button>
      <ModalOverlay className="overlay">
        <Modal className="modal">
          <Dialog>
            <Heading slot="title">{title}</Heading>
            <SessionEnding />
            {leaving && <Leaving onStay={stay} onLeave={close} />}
            {draft !== undefined && <OrderForm {...props} draft={draft} onDraft={change} close={close} leave={leave} />}
          </Dialog>
        </Modal>
      </ModalOverlay>
    </DialogTrigger>
  );
}

function Leaving({ onStay, onLeave }: { readonly onStay: () => void; readonly onLeave: () => void }): ReactNode {
  const { t } = useLanguage();
  const shown = useShown<HTMLDivElement>('leaving');
  return (
    <div className="failure" role="alert" ref={shown} tabIndex={-1}>
      <p>{t('leaving')}</p>
      <p className="row"><Button className="primary" onPress={onStay}>{t('keepWriting')}</Button><Button onPress={onLeave}>{t('giveUp')}</Button></p>
    </div>
  );
}

interface OrderFormProps extends OrderDialogProps {
  readonly draft: Draft;
  readonly onDraft: (part: Partial<Draft>) => void;
  readonly close: () => void;
  /** Closes, once what was typed may be given up. */
  readonly leave: () => void;
}

function OrderForm({ explain, confirm, fields = [], withoutReason, reasonHelp, onOver, onOrder, draft, onDraft, close, leave }: OrderFormProps): ReactNode {
  const { t } = useLanguage();
  const work = useWork(onOver);
  const { values, was, reason } = draft;
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    work.run(async () => {
      await onOrder(values, reason, was);
      close();
    });
  };
  const set = (name: string) => (value: string): void => onDraft({ values: { ...values, [name]: value } });
  return (
    <form onSubmit={submit} aria-busy={work.busy}>
      <p>{explain}</p>
      {work.failure instanceof Overtaken ? <OvertakenNotice by={work.failure} onShown={({ latest }) => onDraft({ was: { ...was, ...latest } })} /> : <Failure cause={work.failure} />}
      {fields.map((field) => <Field key={field.name} field={field} value={values[field.name] ?? ''} onChange={set(field.name)} />)}
      {withoutReason !== true && <Field field={{ name: 'reason', label: t('reason'), help: reasonHelp ?? t('reasonHelp'), type: 'textarea' }} value={reason} onChange={(typed) => onDraft({ reason: typed })} />}
      <p className="row">
        <Button type="submit" className="primary" isDisabled={work.busy}>{confirm}</Button>
        <Button className="quiet" onPress={leave}>{t('cancel')}</Button>
      </p>
    </form>
  );
}

// Ordered again over what another wrote only once that was before their eyes.
function OvertakenNotice({ by, onShown }: { readonly by: Overtaken; readonly onShown: (by: Overtaken) => void }): ReactNode {
  const { t } = useLanguage();
  const shown = useShown<HTMLDivElement>(by);
  return <div className="failure" role="alert" ref={shown} tabIndex={-1} onFocus={() => onShown(by)}><p>{t('overtaken')}</p><ul className="plain">{by.lines.map((line) => <li key={line}>{line}</li>)}</ul></div>;
}

function Field({ field, value, onChange }: { readonly field: OrderField; readonly value: string; readonly onChange: (value: string) => void }): ReactNode {
  const { t } = useLanguage();
  if (field.options !== undefined) {
    return (
      <label className="field">{field.label}
        <select value={value} onChange={(event) => onChange(event.target.value)}>{field.options.map(([id, words]) => <option key={id} value={id}>{words}</option>)}</select>
      </label>
    );
  }
  const max = field.max ?? REASON_MAX;
  const tooLong = (text: string): string | null => (text.length > max ? t('tooLong', { n: text.length, max }) : null);
  return (
    <TextField validate={tooLong} value={value} onChange={onChange} isRequired={field.optional !== true} type={field.type === 'textarea' ? 'text' : field.type ?? 'text'} autoComplete="off">
      <Label>{field.label}</Label>
      {field.help !== undefined && <Text slot="description">{field.help}</Text>}
      {field.type === 'textarea' ? <TextArea rows={3} /> : <Input step={field.type === 'number' ? 'any' : undefined} />}
      <FieldError>{({ validationDetails }) => (validationDetails.customError ? tooLong(value) : t('required'))}</FieldError>
    </TextField>
  );
}

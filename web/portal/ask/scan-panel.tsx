import { useEffect, useRef, useState, type ClipboardEvent, type DragEvent, type ReactNode } from 'react';
import { Button, FileTrigger, Input, Label, Text, TextField } from 'react-aria-components';
import { checkCardCode, findCardCode } from '../../../src/identifiers/index.ts';
import { useLanguage } from '../language.tsx';
import { CameraButton } from './camera.tsx';
import { readPicture } from './scan.ts';

interface ScanPanelProps {
  readonly busy: boolean;
  readonly note: 'observed' | 'noCode' | undefined;
  /** Takes the focus when it becomes true: a scanner types where the focus is. */
  readonly focus: boolean;
  readonly onText: (text: string) => void;
  readonly onNothing: () => void;
}

/** Scanner, camera, picture: whatever gives the card's code. */
export function ScanPanel({ busy, note, focus, onText, onNothing }: ScanPanelProps): ReactNode {
  const { t } = useLanguage();
  const [typed, setTyped] = useState('');
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => { if (focus) field.current?.focus(); }, [focus]);
  const take = (text: string): void => {
    setTyped('');
    onText(text);
  };
  const change = (text: string): void => {
    const code = findCardCode(text);
    if (code !== undefined && checkCardCode(code).length === 0) take(text);
    else setTyped(text);
  };
  const look = (file: File | undefined): void => {
    if (file === undefined) return;
    readPicture(file).then((text) => (text === undefined ? onNothing() : onText(text)), onNothing);
  };
  const pictureOf = (data: DataTransfer): File | undefined => [...data.files].find((file) => file.type.startsWith('image/'));
  const onPaste = (event: ClipboardEvent): void => {
    const picture = pictureOf(event.clipboardData);
    if (picture !== undefined) {
      event.preventDefault();
      look(picture);
    }
  };
  const onDrop = (event: DragEvent): void => {
    event.preventDefault();
    look(pictureOf(event.dataTransfer));
  };
  return (
    <section className="panel" onPaste={onPaste} onDrop={onDrop} onDragOver={(event) => event.preventDefault()}>
      <h2>{t('scanTitle')}</h2>
      <TextField value={typed} onChange={change} autoComplete="off" isReadOnly={busy}>
        <Label>{t('scanField')}</Label>
        <Input ref={field} data-scan="" spellCheck="false" onKeyDown={(event) => { if (event.key === 'Enter' && typed !== '') { event.preventDefault(); take(typed); } }} />
        <Text slot="description">{t('scanHelp')}</Text>
      </TextField>
      <p className="row">
        <CameraButton onText={onText} />
        <FileTrigger acceptedFileTypes={['image/*']} onSelect={(files) => look(files?.[0])}><Button>{t('picture')}</Button></FileTrigger>
      </p>
      <p role="status">{note === undefined ? '' : t(note)}</p>
    </section>
  );
}
